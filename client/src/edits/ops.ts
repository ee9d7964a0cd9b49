/** Properties of ops and paths. Twin of `_edits/ops.py`. */

import type { Json, Op, Path } from '../protocol'

/** Return whether `op` sets or removes the whole value or a member, or sets an element. It shifts no elements. */
export function isSet(op: Op): boolean {
  if (op.op === 'add' || op.op === 'remove') return typeof op.path.at(-1) !== 'number'
  return op.op === 'replace'
}

/** Return whether `op` adds an empty container or string, for content that follows. */
export function isBeginning(op: Op): op is Extract<Op, { op: 'add' }> {
  return op.op === 'add' && isSet(op) && isEmpty(op.value)
}

/** Return whether `path` is `outer`, or leads into it. */
export function isWithin(path: Path, outer: Path): boolean {
  return path.length >= outer.length && outer.every((step, i) => step === path[i])
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b)
}

function isEmpty(value: Json): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}
