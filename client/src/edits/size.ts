/** The size of ops, and the division of large ones. */

import type { Json, Op, Ops, Path } from '../protocol'
import { lengthOf, slice } from './text'

/** Return the size of an edit in bytes, as the server measures it. */
export function bytesOf(ops: Ops): number {
  return sizeOf(ops as unknown as Json)
}

/** Return the size of a value in bytes, as the server measures it. */
export function sizeOf(value: Json): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

/** Divide `op` into ops of at most `bytes` with the same result. An op without a text to divide stays one. */
export function cut(op: Op, bytes: number): Ops {
  const text = writtenBy(op)
  if (text === null || bytesOf([op]) <= bytes) return [op]
  const part = fitting(op, text, bytes)
  if (part === null) return [op]
  const rest = text.slice(part.length)
  return [writing(op, part), ...cut(continuing(op.path, startOf(op) + lengthOf(part), rest), bytes)]
}

/** Return the longest start of the text with which the op fits into `bytes`, or `null`. */
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
