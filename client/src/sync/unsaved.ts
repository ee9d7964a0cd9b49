/** Edits that may not be saved: the ops to send again, and the text of the user in them. */

import { at, equal, isWithin } from '../edits'
import type { Json, Op, Ops, Path } from '../protocol'
import { isWriting } from './units'

/**
 * Decide which of `ops` to send again to a server that has no receipt of them. An op is sent `again` where its target
 * still is as it was `before` the ops. Where it is as it was `after` them, the op was applied. In any other case another
 * edit came between, and the op is `lost`.
 */
export function unsaved(
  ops: Ops,
  { before, after, present }: Record<'before' | 'after' | 'present', Json>,
): { again: Ops; lost: Ops } {
  const paths = ops.flatMap(changedPaths)
  const outermost = (path: Path) =>
    paths.reduce((outer, each) => (isWithin(path, each) && each.length < outer.length ? each : outer), path)
  const isAs = (value: Json, op: Op) =>
    changedPaths(op)
      .map(outermost)
      .every((path) => equal(at(present, path), at(value, path)))
  const rest = ops.filter((op) => !isAs(after, op))
  const isAgain = (op: Op) => isAs(before, op)
  return { again: rest.filter(isAgain), lost: rest.filter((op) => !isAgain(op)) }
}

/** Return the paths whose values an op changes as a whole: the array, for an element that is added or removed. */
function changedPaths(op: Op): Path[] {
  if (op.op === 'test') return []
  if (op.op === 'move') return [container(op.from), container(op.path)]
  return [op.op === 'replace' || op.op === 'splice' ? op.path : container(op.path)]
}

/** Return the path of the array that holds the element at `path`; any other path is its own. */
function container(path: Path): Path {
  return typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
}

/** Return the text and values that the user has written in an edit; '' if it holds nothing that would be missed. */
export function textOf(ops: Ops): string {
  const texts = ops.filter(isWriting).map((op) => {
    if (op.op === 'splice') return op.insert
    const value = 'value' in op ? op.value : null
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  return texts.join('\n')
}
