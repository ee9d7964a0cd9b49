/**
 * What becomes of edits when others came first.
 *
 * A path names a thing: an element or a member that is there, and that follows its container and its own moves. The
 * path of an insertion names a gap between elements instead, and that of a member that is set its name in an object.
 */

import type { Move, Op, Ops, Path, Splice } from '../protocol'
import { equal } from './apply'
import { isBeginning, isSet, isWithin, samePath } from './ops'
import { lengthOf } from './text'

export interface Order {
  /** `ops` came first, so of two that set one place `over` wins. Else `ops` do. */
  earlier?: boolean
  /** Of two insertions at one place, that of `ops` stands before the other. As `earlier` if not given. */
  left?: boolean
}

type Shift = Extract<Op, { op: 'replace' | 'add' | 'remove' }>

/** What is left of `ops` once `over` has happened, both made on one value. */
export function rebase(ops: Ops, over: Ops, { earlier = false, left = earlier }: Order = {}): Ops {
  return pastEachOther(ops, over, earlier, left)[0]
}

/** Both `ops` and `over`, made on one value, each as it is once the other has happened. */
export function transform(ops: Ops, over: Ops, { earlier = false, left = earlier }: Order = {}): readonly [Ops, Ops] {
  return pastEachOther(ops, over, earlier, left)
}

/** Where the thing at `path` is after `ops`: a member keeps its name whatever is written there; `null` if it is gone. */
export function follow(path: Path, ops: Ops): Path | null {
  return rebase([{ op: 'test', path, value: null }], ops)[0]?.path ?? null
}

/** Both, each as it is once the other has happened. */
function pastEachOther(ops: Ops, over: Ops, earlier: boolean, left: boolean): readonly [Ops, Ops] {
  const [op, ...more] = ops
  const [other, ...others] = over
  if (!op || !other) return [ops, over]
  if (more.length === 0 && others.length === 0)
    return [past(op, other, earlier, left), past(other, op, !earlier, !left)]
  const rebased: Op[] = []
  for (const each of ops) {
    let moved: Ops = [each]
    const remaining: Op[] = []
    for (const happened of over) {
      const [after, kept] = pastEachOther(moved, [happened], earlier, left)
      moved = after
      remaining.push(...kept)
    }
    rebased.push(...moved)
    over = remaining
  }
  return [rebased, over]
}

function past(op: Op, over: Op, earlier: boolean, left: boolean): Ops {
  switch (over.op) {
    case 'test':
      return [op]
    case 'splice':
      return op.op === 'splice' && samePath(op.path, over.path) ? splicePastSplice(op, over, left) : [op]
    case 'move':
      return pastMove(op, over, earlier, left)
    case 'copy':
      return past(op, adding(over.path), earlier, left)
    default:
      return isSet(over) ? pastSet(op, over, earlier, left) : pastShift(op, over, earlier, left)
  }
}

/**
 * `over` has written a place: what was below is gone, and of two that write the place itself the later wins. But who only
 * began there what the other has begun, too, goes on with that.
 */
function pastSet(op: Op, over: Shift, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move':
      if (isTaken(op.from, over)) return []
      return moveTo(op, op.from, targetPast(op, op.from, [over], earlier, left), earlier)
    case 'copy':
      return isTaken(op.from, over) || !targetPast(op, null, [over], earlier, left) ? [] : [op]
    case 'test':
      return [op]
    default:
      if (!isWithin(op.path, over.path)) return [op]
      if (op.path.length > over.path.length || op.op === 'splice') return []
      if (!isSet(op)) return [op] // an element comes or goes there, whatever it is
      if (isBeginning(op) && isBeginning(over) && equal(op.value, over.value)) return []
      return earlier || (op.op === 'remove' && over.op === 'remove') ? [] : [op]
  }
}

/** `over` has inserted or removed an element, and so moved those behind it. */
function pastShift(op: Op, over: Shift, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move': {
      const from = shifted(op.from, over)
      return from ? moveTo(op, from, targetPast(op, op.from, [over], earlier, left), earlier) : []
    }
    case 'copy': {
      const from = shifted(op.from, over)
      const path = targetPast(op, null, [over], earlier, left)
      return from && path ? [{ ...op, from, path }] : []
    }
    default: {
      const path = shifted(op.path, over, inserts(op), left)
      return path ? [{ ...op, path }] : []
    }
  }
}

/** What is at or in the thing that was moved follows it; the rest sees a removal and an insertion. */
function pastMove(op: Op, over: Move, earlier: boolean, left: boolean): Ops {
  switch (op.op) {
    case 'move': {
      if (samePath(op.from, over.from)) {
        const target = targetPast(op, null, [adding(over.path), removing(over.path)], earlier, left)
        return earlier || !target ? [] : [{ ...op, from: over.path }]
      }
      const from = followed(op.from, over)
      return from ? moveTo(op, from, targetPast(op, op.from, [over], earlier, left), earlier) : []
    }
    case 'copy': {
      const from = followed(op.from, over)
      const path = targetPast(op, null, [over], earlier, left)
      return from && path ? [{ ...op, from, path }] : []
    }
    default: {
      const isInside = isWithin(op.path, over.from) && !(samePath(op.path, over.from) && inserts(op))
      if (isInside) return [{ ...op, path: [...over.path, ...op.path.slice(over.from.length)] }]
      return rebase([op], [removing(over.from), adding(over.path)], { earlier, left })
    }
  }
}

/** Move what is at `from` now to `path`; where that is gone, or taken by somebody later, it stays or goes. */
function moveTo(op: Move, from: Path, path: Path | null, earlier: boolean): Ops {
  if (!path) return earlier ? [removing(from)] : []
  return [{ ...op, from, path }]
}

/** Where the target of `op` is after `over`; it is a place in the value without what is at `from`. */
function targetPast(op: Op, from: Path | null, over: Ops, earlier: boolean, left: boolean): Path | null {
  const without = from ? over.flatMap((other) => withoutIts(other, from)) : over
  return rebase([adding(op.path)], without, { earlier, left })[0]?.path ?? null
}

/** `over`, as it looks in the value without what is at `from`. */
function withoutIts(over: Op, from: Path): Ops {
  // One that left the thing at `from`, or moved inside of it, only comes in.
  if (over.op === 'move' && isBelow(over.from, from)) return rebase([adding(over.path)], [removing(from)])
  return rebase([over], [removing(from)], { earlier: true })
}

/** Where the thing at `path` is after a move. */
function followed(path: Path, over: Move): Path | null {
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

/**
 * Two on one text: what both delete is deleted once, and what each inserts stays, though between what the other
 * deletes.
 */
function splicePastSplice(op: Splice, over: Splice, left: boolean): Ops {
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

/** Whether an element comes in at the end of its path. */
function inserts(op: Op): boolean {
  return (op.op === 'add' || op.op === 'copy' || op.op === 'move') && typeof op.path.at(-1) === 'number'
}

/** Whether what was at `path` is not there any more. */
function isTaken(path: Path, over: Shift): boolean {
  return isBelow(path, over.path) || (over.op === 'remove' && samePath(path, over.path))
}

function isBelow(path: Path, place: Path): boolean {
  return path.length > place.length && isWithin(path, place)
}

function adding(path: Path): Op {
  return { op: 'add', path, value: null }
}

function removing(path: Path): Op {
  return { op: 'remove', path }
}
