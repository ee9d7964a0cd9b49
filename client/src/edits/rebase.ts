/**
 * Operational transformation: the rebase of ops over concurrent ops. Twin of `_edits/rebase.py`.
 *
 * A path names a thing, an element or a member, and follows the moves of the thing and of its containers. Two paths are
 * different: that of an insertion names a gap between elements, and that of a member to set names a key of its object.
 */

import type { Move, Op, Ops, Path, Splice } from '../protocol'
import { equal } from './apply'
import { isBeginning, isSet, isWithin, samePath } from './ops'
import { lengthOf } from './text'

export interface Order {
  /** True if `ops` came first. Of two ops that set one path the later wins. */
  earlier?: boolean
  /** True if of two insertions at one index that of `ops` stands first. Defaults to `earlier`. */
  left?: boolean
}

type Shift = Extract<Op, { op: 'replace' | 'add' | 'remove' }>

/** Return `ops` as they apply after `over`; both were made on one value. */
export function rebase(ops: Ops, over: Ops, { earlier = false, left = earlier }: Order = {}): Ops {
  return transform(ops, over, { earlier, left })[0]
}

/** Return the path after `ops` of the thing at `path`, or `null` if it was removed. A member keeps its name. */
export function follow(path: Path, ops: Ops): Path | null {
  return rebase([{ op: 'test', path, value: null }], ops)[0]?.path ?? null
}

/** Return `ops` rebased over `over`, and `over` rebased over `ops`; both were made on one value. */
export function transform(ops: Ops, over: Ops, { earlier = false, left = earlier }: Order = {}): readonly [Ops, Ops] {
  const [op, ...more] = ops
  const [other, ...others] = over
  if (!op || !other) return [ops, over]
  if (more.length === 0 && others.length === 0)
    return [rebaseOne(op, other, earlier, left), rebaseOne(other, op, !earlier, !left)]
  const rebased: Op[] = []
  for (const each of ops) {
    let parts: Ops = [each]
    const remaining: Op[] = []
    for (const concurrent of over) {
      const [moved, kept] = transform(parts, [concurrent], { earlier, left })
      parts = moved
      remaining.push(...kept)
    }
    rebased.push(...parts)
    over = remaining
  }
  return [rebased, over]
}

function rebaseOne(op: Op, over: Op, earlier: boolean, left: boolean): Ops {
  switch (over.op) {
    case 'test':
      return [op]
    case 'splice':
      return op.op === 'splice' && samePath(op.path, over.path) ? rebaseSplice(op, over, left) : [op]
    case 'move':
      return rebaseOverMove(op, over, earlier, left)
    case 'copy':
      return rebaseOne(op, adding(over.path), earlier, left)
    default:
      return isSet(over) ? rebaseOverSet(op, over, earlier, left) : rebaseOverShift(op, over, earlier, left)
  }
}

/**
 * Rebase over an op that set a path. Things below that path are removed, and of two ops that set the path itself the later
 * wins. An op that adds the same empty container is dropped: its author continues in the other's.
 */
function rebaseOverSet(op: Op, over: Shift, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move':
      if (isRemoved(op.from, over)) return []
      return moveTo(op, op.from, rebaseTarget(op, op.from, [over], earlier, left), earlier)
    case 'copy':
      return isRemoved(op.from, over) || !rebaseTarget(op, null, [over], earlier, left) ? [] : [op]
    case 'test':
      return [op]
    default:
      if (!isWithin(op.path, over.path)) return [op]
      if (op.path.length > over.path.length || op.op === 'splice') return []
      if (!isSet(op)) return [op] // it inserts or removes an element, whatever the element is
      if (isBeginning(op) && isBeginning(over) && equal(op.value, over.value)) return []
      return earlier || (op.op === 'remove' && over.op === 'remove') ? [] : [op]
  }
}

/** Rebase over the insertion or removal of an element, which shifts the elements behind it. */
function rebaseOverShift(op: Op, over: Shift, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move': {
      const from = shifted(op.from, over)
      return from ? moveTo(op, from, rebaseTarget(op, op.from, [over], earlier, left), earlier) : []
    }
    case 'copy': {
      const from = shifted(op.from, over)
      const path = rebaseTarget(op, null, [over], earlier, left)
      return from && path ? [{ ...op, from, path }] : []
    }
    default: {
      const path = shifted(op.path, over, inserts(op), left)
      return path ? [{ ...op, path }] : []
    }
  }
}

/** Rebase over a move. Ops on or inside the moved thing follow it; for others the move is a removal and an insertion. */
function rebaseOverMove(op: Op, over: Move, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move': {
      if (samePath(op.from, over.from)) {
        const target = rebaseTarget(op, null, [adding(over.path), removing(over.path)], earlier, left)
        return earlier || !target ? [] : [{ ...op, from: over.path }]
      }
      const from = followMove(op.from, over)
      return from ? moveTo(op, from, rebaseTarget(op, op.from, [over], earlier, left), earlier) : []
    }
    case 'copy': {
      const from = followMove(op.from, over)
      const path = rebaseTarget(op, null, [over], earlier, left)
      return from && path ? [{ ...op, from, path }] : []
    }
    default: {
      const isInside = isWithin(op.path, over.from) && !(samePath(op.path, over.from) && inserts(op))
      if (isInside) return [{ ...op, path: [...over.path, ...op.path.slice(over.from.length)] }]
      return rebase([op], [removing(over.from), adding(over.path)], { earlier, left })
    }
  }
}

/** Return a move to `path`. If that target was removed, a later move is dropped, and an earlier one removes the thing. */
function moveTo(op: Move, from: Path, path: Path | null, earlier: boolean): Ops {
  if (!path) return earlier ? [removing(from)] : []
  return [{ ...op, from, path }]
}

/** Return the target of `op` after `over`, or `null` if it was removed. The target counts without the thing at `from`. */
function rebaseTarget(op: Op, from: Path | null, over: Ops, earlier: boolean, left: boolean): Path | null {
  const without = from ? over.flatMap((other) => withoutSource(other, from)) : over
  return rebase([adding(op.path)], without, { earlier, left })[0]?.path ?? null
}

/** Return `over` as it applies to the value without the thing at `from`. */
function withoutSource(over: Op, from: Path): Ops {
  // A move out of that thing, or inside of it, is only an insertion there.
  if (over.op === 'move' && isBelow(over.from, from)) return rebase([adding(over.path)], [removing(from)])
  return rebase([over], [removing(from)], { earlier: true })
}

/** Return the path after a move of the thing at `path`, or `null` if it was overwritten. */
function followMove(path: Path, over: Move): Path | null {
  if (isWithin(path, over.from)) return [...over.path, ...path.slice(over.from.length)]
  return rebase([removing(path)], [removing(over.from), adding(over.path)], { earlier: true })[0]?.path ?? null
}

function shifted(path: Path, over: Shift, isInsertion = false, left = false): Path | null {
  const depth = over.path.length - 1
  if (path.length <= depth || !isWithin(path, over.path.slice(0, depth))) return path
  const index = path[depth]
  const at = over.path[depth]
  if (typeof index !== 'number' || typeof at !== 'number') return path
  const isGap = isInsertion && path.length === over.path.length
  if (over.op === 'add') return index > at || (index === at && !(isGap && left)) ? path.with(depth, index + 1) : path
  if (index === at && !isGap) return null
  return index > at ? path.with(depth, index - 1) : path
}

/** Rebase a splice over another one of the same text. Text that both delete is deleted once, and all insertions stay. */
function rebaseSplice(op: Splice, over: Splice, left: boolean): Ops {
  const end = op.at + op.delete
  const overEnd = over.at + over.delete
  const grown = lengthOf(over.insert)
  const isOneInsertion = (op.delete === 0) !== (over.delete === 0)
  const isBefore = op.at === over.at ? (isOneInsertion ? op.delete === 0 : left) : op.at < over.at
  const behind = Math.max(0, end - Math.max(op.at, overEnd))
  const behindAt = over.at + grown + Math.max(op.at, overEnd) - overEnd
  if (!isBefore) return nonempty({ ...op, at: behindAt, delete: behind })
  const before = Math.min(end, over.at) - op.at
  if (behind === 0 || grown === 0) return nonempty({ ...op, delete: before + behind })
  const at = behindAt - before + lengthOf(op.insert)
  return [...nonempty({ ...op, delete: before }), { ...op, at, delete: behind, insert: '' }]
}

function nonempty(op: Splice): Ops {
  return op.delete > 0 || op.insert !== '' ? [op] : []
}

/** Return whether the op inserts an element. */
function inserts(op: Op): boolean {
  return (op.op === 'add' || op.op === 'copy' || op.op === 'move') && typeof op.path.at(-1) === 'number'
}

/** Return whether `over` has removed or overwritten the thing at `path`, or one of its containers. */
function isRemoved(path: Path, over: Shift): boolean {
  return isBelow(path, over.path) || (over.op === 'remove' && samePath(path, over.path))
}

function isBelow(path: Path, outer: Path): boolean {
  return path.length > outer.length && isWithin(path, outer)
}

function adding(path: Path): Op {
  return { op: 'add', path, value: null }
}

function removing(path: Path): Op {
  return { op: 'remove', path }
}
