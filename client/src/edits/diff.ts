/** The difference between two values, found with bounded effort. Twin of `_edits/diff.py`. */

import type { Json, Keys, Op, Ops, Path, Value } from '../protocol'
import { equal, isObject, type Members } from './apply'
import { Arrangement, identities } from './arrangement'
import { BYTES, Effort, FREE_DEPTH, IDENTITY, MARK, OP } from './effort'
import { commonRuns, gaps, lengthOfRange, type Run } from './sequence'
import { textSplices } from './textDiff'

/**
 * Return ops that turn `before` into `after`; none if they are equal. Items of lists that `keys` names are the same if
 * their identities are equal, wherever they are. Items of other lists are the same if they are equal; the items between
 * those are paired by position. Where the effort runs out, a value is replaced as a whole.
 */
export function diff(before: Value, after: Value, keys: Keys = {}): Ops {
  if (after === undefined) return before === undefined ? [] : [{ op: 'remove', path: [] }]
  if (before === undefined) return [{ op: 'replace', path: [], value: after }]
  const difference = new Difference(keys)
  difference.compare(before, after, [], OP)
  return difference.ops
}

/** A walk through two values. `cost` is the effort of one op at a path, whose names are sent along with it. */
class Difference {
  readonly ops: Op[] = []
  readonly #keys: readonly (readonly [string[], string])[]
  readonly #effort = new Effort()

  constructor(keys: Keys) {
    this.#keys = Object.entries(keys).map(([pointer, member]) => [stepsOf(pointer), member])
  }

  /** Append the ops that turn `before`, at `path`, into `after`. */
  compare(before: Json, after: Json, path: Path, cost: number): void {
    if (before === after) return
    if (typeof before === 'string' && typeof after === 'string')
      this.ops.push(...textSplices(before, after, path, cost, this.#effort))
    else if (isObject(before) && isObject(after) && this.#affordsReading(after, path))
      this.#compareMembers(before, after, path, cost)
    else if (Array.isArray(before) && Array.isArray(after) && this.#affordsReading(after, path))
      this.#compareElements(before, after, path, cost)
    else if (!equal(before, after)) this.ops.push({ op: 'replace', path, value: after })
  }

  #affordsReading(after: Json, path: Path): boolean {
    return path.length <= FREE_DEPTH || this.#effort.affords(Math.floor(JSON.stringify(after).length / BYTES))
  }

  #compareMembers(before: Members, after: Members, path: Path, cost: number): void {
    const old = Object.keys(before)
    const fresh = Object.keys(after)
    const isAffordable = this.#effort.affords(old.length + fresh.length)
    const changed = isAffordable
      ? old.filter((name) => !Object.hasOwn(after, name) || !equal(before[name], after[name]))
      : []
    const added = isAffordable ? fresh.filter((name) => !Object.hasOwn(before, name)) : []
    const names = [...changed, ...added].reduce((sum, name) => sum + name.length, 0)
    const total = (changed.length + added.length) * cost + Math.floor(names / 8)
    if (!isAffordable || !this.#effort.affords(total)) {
      this.ops.push({ op: 'replace', path, value: after })
      return
    }
    for (const name of changed) {
      const inner = [...path, name]
      if (!Object.hasOwn(after, name)) this.ops.push({ op: 'remove', path: inner })
      else this.compare(before[name] as Json, after[name] as Json, inner, cost + Math.floor(name.length / 8))
    }
    for (const name of added) this.ops.push({ op: 'add', path: [...path, name], value: after[name] as Json })
  }

  #compareElements(before: Json[], after: Json[], path: Path, cost: number): void {
    const [start, end] = equalEnds(before, after)
    const old = before.slice(start, before.length - end)
    const fresh = after.slice(start, after.length - end)
    const key = this.#keyAt(path)
    const isKeyed = key !== null && this.#effort.affords(IDENTITY * (old.length + fresh.length))
    const oldIdentities = isKeyed ? identities(old, key) : null
    const freshIdentities = isKeyed ? identities(fresh, key) : null
    const isDone =
      oldIdentities && freshIdentities
        ? this.#arrange(old, fresh, new Arrangement(oldIdentities, freshIdentities), start, path, cost)
        : this.#pair(old, fresh, start, path, cost)
    if (!isDone) this.ops.push({ op: 'replace', path, value: after })
  }

  /** Append ops that remove, add, move and change items; return false without the effort for them. */
  #arrange(old: Json[], fresh: Json[], arrangement: Arrangement, start: number, path: Path, cost: number): boolean {
    const changed = arrangement.targets
      .map((target, i) => [target, i] as const)
      .filter(([target, i]) => arrangement.isKept(target) && !equal(old[i], fresh[target]))
      .sort(([target], [other]) => target - other)
    if (!this.#effort.affords((changed.length + arrangement.size) * cost)) return false
    arrangement.appendOps(this.ops, fresh, start, path)
    for (const [target, i] of changed)
      this.compare(old[i] as Json, fresh[target] as Json, [...path, start + target], cost)
    return true
  }

  /** Keep equal elements, and pair those between them by position; return false without the effort for the ops. */
  #pair(old: Json[], fresh: Json[], start: number, path: Path, cost: number): boolean {
    const all = [...gaps(this.#elementRuns(old, fresh), old.length, fresh.length)]
    const size = all.reduce((sum, [removed, added]) => sum + Math.max(lengthOfRange(removed), lengthOfRange(added)), 0)
    if (!this.#effort.affords(cost * size)) return false
    for (const [removed, added] of all) {
      const index = start + added.start
      const paired = Math.min(lengthOfRange(removed), lengthOfRange(added))
      for (let i = 0; i < paired; i++)
        this.compare(old[removed.start + i] as Json, fresh[added.start + i] as Json, [...path, index + i], cost)
      for (let i = lengthOfRange(removed) - 1; i >= paired; i--)
        this.ops.push({ op: 'remove', path: [...path, index + i] })
      for (let i = paired; i < lengthOfRange(added); i++)
        this.ops.push({ op: 'add', path: [...path, index + i], value: fresh[added.start + i] as Json })
    }
    return true
  }

  #keyAt(path: Path): string | null {
    const matches = (pattern: string[]) =>
      pattern.length === path.length && pattern.every((each, i) => each === '*' || each === String(path[i]))
    return this.#keys.find(([pattern]) => matches(pattern))?.[1] ?? null
  }

  #elementRuns(old: Json[], fresh: Json[]): Run[] {
    if (old.length === 0 || fresh.length === 0 || (old.length === 1 && fresh.length === 1)) return []
    if (!this.#effort.affords(old.length + fresh.length) || areDisjoint(old, fresh)) return []
    if (!this.#effort.affords(MARK * (old.length + fresh.length))) return []
    const oldMarks = old.map(markOf)
    const freshMarks = fresh.map(markOf)
    const encoded = [...oldMarks, ...freshMarks].filter(isContainerMark)
    this.#effort.left -= Math.floor(encoded.reduce((sum, { length }) => sum + length, 0) / BYTES)
    return commonRuns(oldMarks, freshMarks, this.#effort)
  }
}

/** Return the numbers of equal elements at the starts and at the ends of two lists. */
function equalEnds(a: Json[], b: Json[]): [number, number] {
  if (a.length === 1 && b.length === 1) return [0, 0] // the elements are compared next in any case
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && equal(a[start], b[start])) start++
  let end = 0
  while (end < most - start && equal(a[a.length - 1 - end], b[b.length - 1 - end])) end++
  return [start, end]
}

/**
 * Return whether no element is in both lists, as far as one member of all of them tells: the first that differs between
 * the first elements, or the elements themselves if these are scalars.
 */
function areDisjoint(old: Json[], fresh: Json[]): boolean {
  const step = differingStep(old[0] as Json, fresh[0] as Json)
  const membersOf = (elements: Json[]) => elements.map((each) => scalarAt(each, step))
  const known = new Set(membersOf(old))
  const members = membersOf(fresh)
  return !known.has(undefined) && members.every((each) => each !== undefined && !known.has(each))
}

function differingStep(before: Json, after: Json): string | number | null {
  if (isObject(before) && isObject(after))
    return Object.keys(before).find((name) => Object.hasOwn(after, name) && !equal(before[name], after[name])) ?? null
  if (!Array.isArray(before) || !Array.isArray(after)) return null
  const index = before.findIndex((each, i) => i < after.length && !equal(each, after[i]))
  return index < 0 ? null : index
}

/** Return the scalar at a step of an element, or the element itself; a boolean as a number, and a container as none. */
function scalarAt(element: Json, step: string | number | null): Scalar | undefined {
  let member: Json | undefined = element
  if (typeof step === 'string') member = isObject(element) && Object.hasOwn(element, step) ? element[step] : undefined
  else if (step !== null) member = Array.isArray(element) ? element[step] : undefined
  if (typeof member === 'object' && member !== null) return undefined
  return typeof member === 'boolean' ? Number(member) : member
}

/** A stand-in for an element, which is equal for equal elements alone. */
type Mark = Scalar
type Scalar = string | number | boolean | null

function markOf(element: Json): Mark {
  if (typeof element === 'string') return `"${element}`
  return typeof element === 'object' && element !== null ? sorted(element) : element
}

function isContainerMark(mark: Mark): mark is string {
  return typeof mark === 'string' && !mark.startsWith('"')
}

/** Encode a value as JSON with sorted members. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(value[name] as Json)}`).join(',')}}`
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
