/**
 * Pure functions on edits: apply, diff, rebase, compose. The twin of `dara/core/_edits.py`; both
 * pass the same golden cases. Values are never changed in place: what an op does not touch is shared.
 */

import type { Json, Op, Ops, Path, Step, Value } from './protocol'

export class InvalidEdit extends Error {}

const LONGEST_SEARCH = 10_000

type Members = { [member: string]: Json }

/** Apply `ops` in order. Ops below the root of an absent value apply to `fallback`. */
export function apply(value: Value, ops: Ops, fallback: Json = null): Value {
  return ops.reduce<Value>((present, op) => {
    if (op.path.length === 0) return op.op === 'remove' ? undefined : op.value
    return change(present === undefined ? fallback : present, op, 0)
  }, value)
}

function change(container: Json, op: Op, depth: number): Json {
  const step = op.path[depth] as Step
  const isLast = depth === op.path.length - 1
  if (typeof step === 'string' && isObject(container)) return changeMember(container, step, op, depth, isLast)
  if (typeof step === 'number' && Array.isArray(container)) return changeElement(container, step, op, depth, isLast)
  throw noPlace(op, depth)
}

function changeMember(members: Members, name: string, op: Op, depth: number, isLast: boolean): Json {
  const present = Object.hasOwn(members, name) ? members[name] : undefined
  if (isLast && op.op !== 'remove') return { ...members, [name]: op.value }
  if (present === undefined) throw noPlace(op, depth)
  if (!isLast) return { ...members, [name]: change(present, op, depth + 1) }
  const { [name]: _, ...rest } = members
  return rest
}

function changeElement(elements: Json[], index: number, op: Op, depth: number, isLast: boolean): Json {
  const end = isLast && op.op === 'add' ? elements.length + 1 : elements.length
  if (index < 0 || index >= end) throw noPlace(op, depth)
  if (!isLast) return elements.with(index, change(elements[index] as Json, op, depth + 1))
  if (op.op === 'replace') return elements.with(index, op.value)
  return op.op === 'add' ? elements.toSpliced(index, 0, op.value) : elements.toSpliced(index, 1)
}

function noPlace(op: Op, depth: number): InvalidEdit {
  return new InvalidEdit(`${op.op} ${pointer(op.path)}: there is nothing at ${pointer(op.path.slice(0, depth + 1))}`)
}

export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The value at `path`; `undefined` where there is none. */
export function at(value: Value, path: Path): Value {
  let present = value
  for (const step of path) {
    if (typeof step === 'string' && isObject(present))
      present = Object.hasOwn(present, step) ? present[step] : undefined
    else if (typeof step === 'number' && Array.isArray(present)) present = present[step]
    else return undefined
  }
  return present
}

/** Ops that turn `before` into `after`; none if they are equal. */
export function diff(before: Value, after: Value): Ops {
  if (after === undefined) return before === undefined ? [] : [{ op: 'remove', path: [] }]
  return before === undefined ? [{ op: 'replace', path: [], value: after }] : [...difference(before, after, [])]
}

function* difference(before: Json, after: Json, path: Path): Generator<Op> {
  if (before === after) return
  if (isObject(before) && isObject(after)) yield* memberDifference(before, after, path)
  else if (Array.isArray(before) && Array.isArray(after)) yield* elementDifference(before, after, path)
  else yield { op: 'replace', path, value: after }
}

function* memberDifference(before: Members, after: Members, path: Path): Generator<Op> {
  for (const name of Object.keys(before)) {
    if (Object.hasOwn(after, name)) yield* difference(before[name] as Json, after[name] as Json, [...path, name])
    else yield { op: 'remove', path: [...path, name] }
  }
  for (const name of Object.keys(after)) {
    if (!Object.hasOwn(before, name)) yield { op: 'add', path: [...path, name], value: after[name] as Json }
  }
}

/** Equal elements stay; between them the others are paired by position, and what is left over comes or goes. */
function* elementDifference(before: Json[], after: Json[], path: Path): Generator<Op> {
  const [start, end] = commonEnds(before, after)
  const old = before.slice(start, before.length - end)
  const fresh = after.slice(start, after.length - end)
  let atOld = 0
  let atNew = 0
  for (const [nextOld, nextNew] of [...commonElements(old, fresh), [old.length, fresh.length] as const]) {
    const gone = old.slice(atOld, nextOld)
    const come = fresh.slice(atNew, nextNew)
    const index = start + atNew
    const paired = Math.min(gone.length, come.length)
    for (let i = 0; i < paired; i++) yield* difference(gone[i] as Json, come[i] as Json, [...path, index + i])
    for (let i = gone.length - 1; i >= paired; i--) yield { op: 'remove', path: [...path, index + i] }
    for (let i = paired; i < come.length; i++) yield { op: 'add', path: [...path, index + i], value: come[i] as Json }
    atOld = nextOld + 1
    atNew = nextNew + 1
  }
}

/** How many elements are the same at the start, and at the end. */
function commonEnds(before: Json[], after: Json[]): [number, number] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && equal(before[start], after[start])) start++
  let end = 0
  while (end < shorter - start && equal(before.at(-1 - end), after.at(-1 - end))) end++
  return [start, end]
}

/** A longest common subsequence, as pairs of indexes; none where finding one would take too long. */
function commonElements(old: Json[], fresh: Json[]): (readonly [number, number])[] {
  if (old.length * fresh.length > LONGEST_SEARCH) return []
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0))
  const length = (i: number, j: number) => lengths[i]?.[j] as number
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const longest = equal(old[i], fresh[j]) ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1))
      ;(lengths[i] as number[])[j] = longest
    }
  }
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < old.length && j < fresh.length; ) {
    if (equal(old[i], fresh[j])) pairs.push([i++, j++])
    else if (length(i + 1, j) >= length(i, j + 1)) i++
    else j++
  }
  return pairs
}

/** Equal as JSON: 1 and 1.0 are, true and 1 are not, the order of members does not matter. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, i) => equal(element, b[i]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
  )
}

/**
 * Rebase `ops` over `over`, both made on one value: what is left of `ops` once `over` has happened.
 * The later writer wins a place that both set, so `ops` do unless `earlier` says that they came first.
 */
export function rebase(ops: Ops, over: Ops, earlier = false): Ops {
  const rebased: Op[] = []
  let happened = over
  for (const op of ops) {
    let moved: Op | null = op
    const remaining: Op[] = []
    for (const other of happened) {
      const before: Op | null = moved
      if (moved) moved = rebaseOne(moved, other, earlier)
      const kept = before ? rebaseOne(other, before, !earlier) : other
      if (kept) remaining.push(kept)
    }
    if (moved) rebased.push(moved)
    happened = remaining
  }
  return rebased
}

function rebaseOne(op: Op, over: Op, earlier: boolean): Op | null {
  return shiftsElements(over) ? rebaseOverShift(op, over, earlier) : rebaseOverSet(op, over, earlier)
}

function rebaseOverSet(op: Op, over: Op, earlier: boolean): Op | null {
  if (!startsWith(op.path, over.path)) return op
  if (op.path.length > over.path.length) return null
  if (shiftsElements(op)) return op
  const isGone = op.op === 'remove' && over.op === 'remove'
  return earlier || isGone ? null : op
}

function rebaseOverShift(op: Op, over: Op, earlier: boolean): Op | null {
  const depth = over.path.length - 1
  if (op.path.length <= depth || !startsWith(op.path, over.path.slice(0, depth))) return op
  const index = op.path[depth]
  const shifted = over.path[depth] as number
  if (typeof index !== 'number') return op
  const inserts = op.op === 'add' && op.path.length === over.path.length
  if (over.op === 'add')
    return index > shifted || (index === shifted && !(inserts && earlier)) ? moveTo(op, depth, index + 1) : op
  if (index === shifted && !inserts) return null
  return index > shifted ? moveTo(op, depth, index - 1) : op
}

/** Whether `op` inserts or removes an array element, and so moves those behind it. */
function shiftsElements(op: Op): boolean {
  return op.op !== 'replace' && typeof op.path.at(-1) === 'number'
}

function moveTo(op: Op, depth: number, index: number): Op {
  return { ...op, path: op.path.with(depth, index) }
}

/** One list of ops for both; a later write to a place that `first` wrote takes its stead. */
export function compose(first: Ops, then: Ops): Ops {
  return then.reduce<Op[]>(append, [...first])
}

function append(ops: Op[], op: Op): Op[] {
  if (op.op !== 'replace') return [...ops, op]
  for (let i = ops.length - 1; i >= 0; i--) {
    const before = ops[i] as Op
    const same = startsWith(before.path, op.path) && before.path.length === op.path.length
    if (same && before.op !== 'remove') return ops.with(i, { ...before, value: op.value })
    if (same || shiftsElements(before) || startsWith(op.path, before.path)) break
    if (startsWith(before.path, op.path)) ops = ops.toSpliced(i, 1)
  }
  return [...ops, op]
}

function startsWith(path: Path, prefix: Path): boolean {
  return path.length >= prefix.length && prefix.every((step, i) => step === path[i])
}

export function isObject(value: Value): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
