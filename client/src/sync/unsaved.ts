/** Own edits of which the server cannot know, and those that nobody can save any more. */

import { at, equal, isObject, isWithin } from '../edits'
import type { Json, Op, Ops, Path } from '../protocol'
import { isWriting } from './units'

/**
 * Which of `ops` to send again when the server cannot know whether it has had them: those whose place still is as
 * `before` them. Where it is as `after` them, they were saved; where neither, somebody else has been there, and they
 * are lost.
 */
export function unsaved(
  ops: Ops,
  { before, after, present }: Record<'before' | 'after' | 'present', Json>,
): { again: Ops; lost: Ops } {
  const places = ops.flatMap(touched)
  const outermost = (path: Path) =>
    places.reduce((outer, each) => (isWithin(path, each) && each.length < outer.length ? each : outer), path)
  const isAs = (value: Json, op: Op) =>
    touched(op)
      .map(outermost)
      .every((place) => equal(at(present, place), at(value, place)))
  const rest = ops.filter((op) => !isAs(after, op))
  const isAgain = (op: Op) => isAs(before, op)
  return { again: rest.filter(isAgain), lost: rest.filter((op) => !isAgain(op)) }
}

/** The places that an op changes as a whole: an array for an element that comes or goes. */
function touched(op: Op): Path[] {
  if (op.op === 'test') return []
  if (op.op === 'move') return [around(op.from), around(op.path)]
  return [op.op === 'replace' || op.op === 'splice' ? op.path : around(op.path)]
}

function around(path: Path): Path {
  return typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
}

/** What the user has written in an edit; '' if nothing that would be missed. */
export function textOf(ops: Ops): string {
  const texts = ops.filter(isWriting).map((op) => {
    if (op.op === 'splice') return op.insert
    const value = 'value' in op ? op.value : null
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  return texts.join('\n')
}

export function isWellFormedOp(op: Op): boolean {
  const inside = op.op === 'splice' ? op.insert : 'value' in op ? op.value : null
  return isWellFormed([...op.path, inside]) && (!('from' in op) || isWellFormed([...op.from]))
}

/** Whether no text inside holds half of a surrogate pair, which has no place in UTF-8. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  return !isObject(value) || Object.entries(value).every((member) => isWellFormed(member))
}
