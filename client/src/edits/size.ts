/** How large ops are, and how one that is too large becomes several. */

import type { Json, Op, Ops, Path } from '../protocol'
import { lengthOf, slice } from './text'

/** The size of an edit as the server measures it. */
export function bytesOf(ops: Ops): number {
  return sizeOf(ops as unknown as Json)
}

/** The size of a value as the server measures it. */
export function sizeOf(value: Json): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

/** `op` as ops that mean the same, each of at most `bytes` if a text in it can be written in parts. */
export function cut(op: Op, bytes: number): Ops {
  const text = writtenBy(op)
  if (text === null || bytesOf([op]) <= bytes) return [op]
  const part = fitting(op, text, bytes)
  if (part === null) return [op]
  const rest = text.slice(part.length)
  return [writing(op, part), ...cut(continuing(op.path, startOf(op) + lengthOf(part), rest), bytes)]
}

/** As much of the text's beginning as there is room for; `null` if there is none. */
function fitting(op: Op, text: string, bytes: number): string | null {
  const room = bytes - bytesOf([continuing(op.path, Number.MAX_SAFE_INTEGER, '')])
  for (let length = Math.min(lengthOf(text), room); length > 0; ) {
    const part = slice(text, 0, length)
    const size = bytesOf([writing(op, part)])
    if (size <= bytes) return part
    length = Math.min(length - 1, Math.floor((length * room) / size))
  }
  return null
}

function writtenBy(op: Op): string | null {
  if (op.op === 'splice') return op.insert
  return (op.op === 'replace' || op.op === 'add') && typeof op.value === 'string' ? op.value : null
}

function writing(op: Op, text: string): Op {
  return op.op === 'splice' ? { ...op, insert: text } : ({ ...op, value: text } as Op)
}

function startOf(op: Op): number {
  return op.op === 'splice' ? op.at : 0
}

function continuing(path: Path, at: number, insert: string): Op {
  return { op: 'splice', path, at, delete: 0, insert }
}
