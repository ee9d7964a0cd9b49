/** What ops are, beyond how they look on the wire. */

import type { Json, Op, Path } from '../protocol'

/** Whether `op` writes or removes the whole value, a member, or an element that stays where it is. */
export function isSet(op: Op): boolean {
  if (op.op === 'add' || op.op === 'remove') return typeof op.path.at(-1) !== 'number'
  return op.op === 'replace'
}

/** Whether `op` only makes something empty, for what then goes into it. */
export function isBeginning(op: Op): op is Extract<Op, { op: 'add' }> {
  return op.op === 'add' && isSet(op) && isEmpty(op.value)
}

/** Whether `path` is `place`, or inside of it. */
export function isWithin(path: Path, place: Path): boolean {
  return path.length >= place.length && place.every((step, i) => step === path[i])
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b)
}

function isEmpty(value: Json): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}
