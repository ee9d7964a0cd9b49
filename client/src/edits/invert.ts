/** The inverse of an edit. */

import type { Json, Op, Ops, Value } from '../protocol'
import { apply, at } from './apply'
import { isWithin } from './ops'
import { follow } from './rebase'
import { lengthOf, slice } from './text'

/**
 * Return ops that take back `ops`, made on `value`. Ops inside an absent value are taken back inside the default, which
 * keeps others' edits.
 */
export function invert(value: Value, ops: Ops, fallback: Json = null): Ops {
  const inverse: Op[][] = []
  for (const op of ops) {
    if (op.op === 'test') continue
    inverse.push(inverseOf(value, op, fallback))
    value = apply(value, [op], fallback)
  }
  return inverse.reverse().flat()
}

function inverseOf(value: Value, op: Exclude<Op, { op: 'test' }>, fallback: Json): Op[] {
  const present = value === undefined ? fallback : value
  const { path } = op
  switch (op.op) {
    case 'splice': {
      const deleted = slice(at(present, path) as string, op.at, op.at + op.delete)
      return [{ op: 'splice', path, at: op.at, delete: lengthOf(op.insert), insert: deleted }]
    }
    case 'move': {
      // A thing that was moved out of its container may have replaced the container.
      const isOut = typeof path.at(-1) !== 'number' && isWithin(op.from, path)
      if (isOut) return [{ op: 'replace', path, value: at(present, path) as Json }]
      const taken = apply(present, [{ op: 'remove', path: op.from }])
      const back: Op = { op: 'move', from: path, path: op.from }
      const covered = typeof path.at(-1) === 'number' ? undefined : at(taken, path)
      const target = follow(path, [{ op: 'add', path: op.from, value: null }])
      return covered === undefined || !target ? [back] : [back, { op: 'add', path: target, value: covered }]
    }
    case 'remove':
      return restored(path.length === 0 ? value : at(present, path), op)
    default:
      if (op.op !== 'replace' && typeof path.at(-1) === 'number') return [{ op: 'remove', path }]
      return restored(path.length === 0 ? value : at(present, path), op)
  }
}

function restored(before: Value, { op, path }: Op): Op[] {
  if (before === undefined) return [{ op: 'remove', path }]
  return [{ op: op === 'remove' && path.length > 0 ? 'add' : 'replace', path, value: before }]
}
