/** The composition of two consecutive lists of ops. Twin of `_edits/compose.py`. */

import type { Op, Ops, Path, Splice } from '../protocol'
import { inside } from './apply'
import { isBeginning, isSet, isWithin, samePath } from './ops'
import { lengthOf, slice } from './text'

/** The length, in code points, up to which splices are joined: shorter ones can be divided at any limit. */
export const MAX_INSERTION = 16_384

type Writing = Extract<Op, { op: 'replace' | 'splice' }>

/** Return one list of ops for both. Ops that write to one path are joined. */
export function compose(first: Ops, then: Ops): Ops {
  const ops = [...first]
  for (const op of then) append(ops, op)
  return ops
}

function append(ops: Op[], op: Op): void {
  if (op.op === 'replace' || op.op === 'splice') {
    for (let i = ops.length - 1; i >= 0; i--) {
      const before = ops[i] as Op
      const one = joined(before, op)
      if (one) {
        ops[i] = one
        return
      }
      if (op.op === 'replace' && isOverwritten(before, op.path)) ops.splice(i, 1)
      else if (!(isSet(before) || before.op === 'splice') || isWithin(op.path, before.path)) break
    }
  }
  ops.push(op)
}

/** Return whether a value written to `path` overwrites all that `before` did. */
function isOverwritten(before: Op, path: Path): boolean {
  if (before.op === 'splice') return isWithin(before.path, path)
  return isSet(before) && isWithin(before.path, path) && before.path.length > path.length
}

/** Return one op for both if they write to one path, else `null`. */
function joined(before: Op, op: Writing): Op | null {
  if (!samePath(before.path, op.path)) return null
  if (before.op === 'replace' || before.op === 'add') {
    if (op.op === 'replace') return { ...before, value: op.value }
    if (typeof before.value !== 'string' || isBeginning(before)) return null
    return { ...before, value: inside(before.value, op) }
  }
  return before.op === 'splice' && op.op === 'splice' ? joinedSplices(before, op) : null
}

/** Return one splice for two if the second touches the insertion or deletion of the first, else `null`. */
function joinedSplices(first: Splice, then: Splice): Splice | null {
  const length = lengthOf(first.insert)
  const end = first.at + length
  const last = then.at + then.delete
  if (then.at > end || last < first.at) return null
  const before = Math.max(0, first.at - then.at)
  const behind = Math.max(0, last - end)
  const insert =
    slice(first.insert, 0, Math.max(0, then.at - first.at)) +
    then.insert +
    (last < end ? slice(first.insert, last - first.at) : '')
  if (lengthOf(insert) > Math.max(MAX_INSERTION, length)) return null
  return {
    op: 'splice',
    path: first.path,
    at: Math.min(first.at, then.at),
    delete: before + first.delete + behind,
    insert,
  }
}
