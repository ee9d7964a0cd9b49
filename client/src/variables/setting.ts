/** The ops that set a nested value, and the view of ops from inside a value. Pure functions. */

import { apply, at, diff, follow, isBeginning, isObject, isSet, isWithin } from '../edits'
import type { Json, Keys, Op, Ops, Path, Step } from '../protocol'

/** Return ops that set the value at `path`. A list or an object is changed by its differences, which keeps others' edits. */
export function settingOps(view: Json, keys: Keys, path: Path, value: Json): Ops {
  const before = at(view, path)
  const areAlike = Array.isArray(before) ? Array.isArray(value) : isObject(before) && isObject(value)
  const ops = rootedOps(view, path, [{ op: 'replace', path: [], value }])
  return areAlike ? diff(view, apply(view, ops), keys) : ops
}

/** Return ops that set the value at `path` to that of the default, or remove it where the default has none. */
export function resettingOps(view: Json, path: Path, fallback: Json): Ops {
  if (path.length === 0) return [{ op: 'remove', path }]
  const value = at(fallback, path)
  if (value !== undefined) return rootedOps(view, path, [{ op: 'replace', path: [], value }])
  return at(view, path) === undefined ? [] : [{ op: 'remove', path }]
}

/** Return `ops`, whose paths begin at `path`, as ops on the whole value. They also add the containers that are missing. */
export function rootedOps(view: Json, path: Path, ops: Ops): Ops {
  const rooted: Op[] = []
  for (const [i, op] of ops.entries()) {
    const begun = writes(op) ? beginnings(view, [...path, ...op.path]) : []
    view = apply(view, begun) as Json
    const whole = rootedOp(view, path, op)
    rooted.push(...begun, whole)
    if (i < ops.length - 1) view = apply(view, [whole]) as Json
  }
  return rooted
}

/** Return the effect of `ops`, which are on the whole value, on the thing at `path`; paths begin at that thing. */
export function opsSeenFrom(path: Path, ops: Ops): Ops {
  const seen: Op[] = []
  let present: Path | null = path
  for (const op of ops) {
    seen.push(...opSeenFrom(present, op))
    present = follow(present, [op])
    if (present) continue
    seen.push({ op: 'remove', path: [] })
    break
  }
  return seen
}

/** Return ops that add the missing containers on the way to `path`, as empty ones: others may add them concurrently. */
function beginnings(view: Json, path: Path): Op[] {
  const begun: Op[] = []
  for (const [depth, step] of path.entries()) {
    const outer = path.slice(0, depth)
    const container = at(view, outer) ?? null
    if (container === null && typeof outer.at(-1) !== 'number')
      begun.push({ op: 'add', path: outer, value: typeof step === 'string' ? {} : [] })
    else if (!fits(container, step)) break // it is overwritten, and a missing element is added as a whole
  }
  return begun
}

/** Return the op that sets the value at `path`. It overwrites a value that is no container, and appends to arrays. */
function settingOp(view: Json, path: Path, value: Json): Op {
  for (const [depth, step] of path.entries()) {
    const outer = path.slice(0, depth)
    if (!fits(at(view, outer), step)) return settingOp(view, outer, nest(path.slice(depth), value))
  }
  if (typeof path.at(-1) !== 'number' || at(view, path) !== undefined) return { op: 'replace', path, value }
  const array = path.slice(0, -1)
  return { op: 'add', path: [...array, (at(view, array) as Json[]).length], value }
}

/** Return whether the container can have a member or element of that name or index. */
function fits(container: Json | undefined, step: Step): boolean {
  return typeof step === 'string' ? isObject(container) : Array.isArray(container)
}

function nest(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => (typeof step === 'string' ? { [step]: inner } : [inner]), value)
}

function rootedOp(view: Json, path: Path, op: Op): Op {
  const whole = [...path, ...op.path]
  if ('from' in op) return { ...op, from: [...path, ...op.from], path: whole }
  const rooted = { ...op, path: whole }
  const hasContainer = whole.length === 0 || fits(at(view, whole.slice(0, -1)), whole.at(-1) as Step)
  const isPossible = hasContainer && (op.path.length > 0 || isBeginning(rooted))
  return writes(op) && !isPossible ? settingOp(view, whole, op.value) : rooted
}

function writes(op: Op): op is Extract<Op, { op: 'replace' | 'add' }> {
  return op.op === 'replace' || op.op === 'add'
}

function opSeenFrom(path: Path, op: Op): Ops {
  const inner = (whole: Path) => whole.slice(path.length)
  if (op.op === 'move' || op.op === 'copy') {
    const isFromHere = isBelow(op.from, path)
    if (isFromHere && isBelow(op.path, path)) return [{ ...op, from: inner(op.from), path: inner(op.path) }]
    return isFromHere && op.op === 'move' ? [{ op: 'remove', path: inner(op.from) }] : []
  }
  if (isSet(op) && op.op !== 'splice' && isWithin(path, op.path)) {
    const value = op.op === 'remove' ? undefined : at(op.value, path.slice(op.path.length))
    return [value === undefined ? { op: 'remove', path: [] } : { op: 'replace', path: [], value }]
  }
  const isHere = isBelow(op.path, path) || (op.op === 'splice' && isWithin(op.path, path))
  return isHere ? [{ ...op, path: inner(op.path) }] : []
}

function isBelow(path: Path, outer: Path): boolean {
  return path.length > outer.length && isWithin(path, outer)
}
