/** Checks of an edit before it is made: the faults for which the server would reject it in any case. */

import { bytesOf, cut, isObject, sizeOf } from '../edits'
import { EDIT } from '../messages'
import type { Json, Limits, Op, Ops } from '../protocol'

/** Limits that hold until the server has sent its own. */
export const DEFAULT_LIMITS: Limits = {
  value_bytes: 1024 * 1024,
  edit_bytes: 256 * 1024,
  edit_ops: 1000,
  frame_bytes: 2 * 1024 * 1024,
}

/**
 * Return why no server takes `ops`, or `null`. An exact edit travels as a whole; any other may be cut into several.
 * `result` computes the value after the edit.
 */
export function faultIn(ops: Ops, isExact: boolean, limits: Limits, result: () => Json): string | null {
  if (!ops.every(isWellFormedOp)) return EDIT.halfCharacter
  const isTooLarge = isExact
    ? bytesOf(ops) > limits.edit_bytes || ops.length > limits.edit_ops
    : !ops.every((op) => canBeSent(op, limits)) || isCutInVain(ops, limits, result)
  return isTooLarge ? EDIT.tooLarge : null
}

/** Return whether edits can carry `op`, cut into several ops if need be. */
function canBeSent(op: Op, { edit_bytes, value_bytes }: Limits): boolean {
  const size = bytesOf([op])
  if (size <= edit_bytes) return true
  return size <= value_bytes && cut(op, edit_bytes).every((part) => bytesOf([part]) <= edit_bytes)
}

/** Return whether the first of several edits would be saved, and the last make the value too large. */
function isCutInVain(ops: Ops, { edit_bytes, value_bytes }: Limits, result: () => Json): boolean {
  return bytesOf(ops) > edit_bytes && sizeOf(result()) > value_bytes
}

function isWellFormedOp(op: Op): boolean {
  const content = op.op === 'splice' ? op.insert : 'value' in op ? op.value : null
  return isWellFormed([...op.path, content]) && (!('from' in op) || isWellFormed([...op.from]))
}

/** Return whether no string inside holds half of a surrogate pair, which UTF-8 cannot encode. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  return !isObject(value) || Object.entries(value).every((member) => isWellFormed(member))
}
