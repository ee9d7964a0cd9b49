/**
 * What has happened between two values: a real difference, found with bounded effort. Texts and arrays are compared by
 * the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
 */

import type { Json, Keys, Op, Ops, Path, Value } from '../protocol'
import { equal, isObject, type Members } from './apply'
import { isPairAt, lengthOf, pointsIn } from './text'

/** How many comparisons one difference may take in all; where they run out, what is left counts as replaced. */
const EFFORT = 200_000
/** How many of them one text or array may take. */
const SEARCH = 40_000
/** So many characters that are the same in two texts may be the same ones; fewer only if they are nowhere else. */
const MEANT = 4
/** How many short runs are looked for elsewhere in the texts. */
const LOOKED_AT = 200
/** How many items times how many moves; past it, items that moved are told as removed and added. */
const MOVES = 1_000_000

const LINE = /[^\n]*\n|[^\n]+/g

/** Where in the one and where in the other there is the same, and how much of it. */
type Run = readonly [number, number, number]
interface Range {
  start: number
  stop: number
}

/**
 * Ops that turn `before` into `after`; none if they are equal. Items of lists that `keys` names are the same if their
 * identity is, wherever they are; those of others if they are equal, and what is between those is paired by position.
 */
export function diff(before: Value, after: Value, keys: Keys = {}): Ops {
  if (after === undefined) return before === undefined ? [] : [{ op: 'remove', path: [] }]
  if (before === undefined) return [{ op: 'replace', path: [], value: after }]
  return [...new Difference(keys).of(before, after, [])]
}

class Difference {
  readonly #keys: readonly (readonly [string[], string])[]
  #effort = EFFORT

  constructor(keys: Keys) {
    this.#keys = Object.entries(keys).map(([pointer, member]) => [stepsOf(pointer), member])
  }

  *of(before: Json, after: Json, path: Path): Generator<Op> {
    if (before === after) return
    if (isObject(before) && isObject(after)) yield* this.#ofMembers(before, after, path)
    else if (Array.isArray(before) && Array.isArray(after)) yield* this.#ofElements(before, after, path)
    else if (typeof before === 'string' && typeof after === 'string') yield* this.#ofTexts(before, after, path)
    else yield { op: 'replace', path, value: after }
  }

  *#ofTexts(before: string, after: string, path: Path): Generator<Op> {
    const start = commonStart(before, after)
    const end = commonEnd(before.slice(start), after.slice(start))
    const old = pointsIn(before.slice(start, before.length - end))
    const fresh = pointsIn(after.slice(start, after.length - end))
    const first = lengthOf(before.slice(0, start))
    for (const [gone, come] of between(this.#textRuns(old, fresh), old.length, fresh.length)) {
      if (sizeOf(gone) === 0 && sizeOf(come) === 0) continue
      const insert = textOf(fresh, come.start, come.stop)
      yield { op: 'splice', path, at: first + come.start, delete: sizeOf(gone), insert }
    }
  }

  *#ofMembers(before: Members, after: Members, path: Path): Generator<Op> {
    for (const name of Object.keys(before)) {
      if (Object.hasOwn(after, name)) yield* this.of(before[name] as Json, after[name] as Json, [...path, name])
      else yield { op: 'remove', path: [...path, name] }
    }
    for (const name of Object.keys(after)) {
      if (!Object.hasOwn(before, name)) yield { op: 'add', path: [...path, name], value: after[name] as Json }
    }
  }

  *#ofElements(before: Json[], after: Json[], path: Path): Generator<Op> {
    const key = this.#keyAt(path)
    const old = key === null ? null : identities(before, key)
    const fresh = key === null ? null : identities(after, key)
    if (!old || !fresh) return yield* this.#ofPositions(before, after, path)
    const isKept = yield* rearranged(old, fresh, after, path)
    const places = new Map(old.map((identity, place) => [identity, place]))
    for (const [i, identity] of fresh.entries()) {
      const place = places.get(identity)
      if (place !== undefined && isKept(i)) yield* this.of(before[place] as Json, after[i] as Json, [...path, i])
    }
  }

  /** Equal elements stay; between them the others are paired by position, and what is left over comes or goes. */
  *#ofPositions(before: Json[], after: Json[], path: Path): Generator<Op> {
    const start = countEqual(before, after)
    const end = countEqual(before.slice(start).reverse(), after.slice(start).reverse())
    const old = before.slice(start, before.length - end)
    const fresh = after.slice(start, after.length - end)
    for (const [gone, come] of between(this.#runs(old, fresh, equal) ?? [], old.length, fresh.length)) {
      const index = start + come.start
      const paired = Math.min(sizeOf(gone), sizeOf(come))
      for (let i = 0; i < paired; i++) {
        yield* this.of(old[gone.start + i] as Json, fresh[come.start + i] as Json, [...path, index + i])
      }
      for (let i = sizeOf(gone) - 1; i >= paired; i--) yield { op: 'remove', path: [...path, index + i] }
      for (let i = paired; i < sizeOf(come); i++) {
        yield { op: 'add', path: [...path, index + i], value: fresh[come.start + i] as Json }
      }
    }
  }

  #keyAt(path: Path): string | null {
    const matches = (pattern: string[]) =>
      pattern.length === path.length && pattern.every((each, i) => each === '*' || each === String(path[i]))
    return this.#keys.find(([pattern]) => matches(pattern))?.[1] ?? null
  }

  /** What is the same in two texts: by characters, or else by lines. Very little is the same by chance. */
  #textRuns(old: ArrayLike<string>, fresh: ArrayLike<string>): Run[] {
    if (old.length === 0 || fresh.length === 0) return []
    const found = this.#runs(old, fresh, Object.is) ?? this.#lineRuns(old, fresh)
    const runs = meant(found, old, fresh)
    const same = runs.reduce((sum, [, , length]) => sum + length, 0)
    return 3 * same >= Math.min(old.length, fresh.length) ? runs : []
  }

  #lineRuns(old: ArrayLike<string>, fresh: ArrayLike<string>): Run[] {
    const oldLines = textOf(old, 0, old.length).match(LINE) ?? []
    const freshLines = textOf(fresh, 0, fresh.length).match(LINE) ?? []
    const oldAt = offsets(oldLines)
    const freshAt = offsets(freshLines)
    return (this.#runs(oldLines, freshLines, Object.is) ?? []).map(([i, j, length]) => {
      const start = oldAt[i] as number
      return [start, freshAt[j] as number, (oldAt[i + length] as number) - start]
    })
  }

  /** A longest common subsequence, in runs; `null` where finding one takes too long. */
  #runs<T>(a: ArrayLike<T>, b: ArrayLike<T>, same: (one: T, other: T) => boolean): Run[] | null {
    if (a.length === 0 || b.length === 0) return []
    const allowed = Math.min(SEARCH, this.#effort)
    let left = allowed
    const reach: Reach = new Map([[1, 0]])
    const steps: Reach[] = []
    for (let edits = 0; ; edits++) {
      steps.push(new Map(reach))
      for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
        let i = begin(reach, diagonal, edits).start
        left--
        while (i < a.length && i - diagonal < b.length && same(a[i] as T, b[i - diagonal] as T)) {
          i++
          left--
        }
        reach.set(diagonal, i)
        if (i >= a.length && i - diagonal >= b.length) {
          this.#effort -= allowed - left
          return traced(steps, a.length, b.length)
        }
        if (left > 0) continue
        this.#effort -= allowed
        return null
      }
    }
  }
}

/** How far into the first sequence each diagonal has come. */
type Reach = Map<number, number>

/** Where on a diagonal the next edit leads, and whether that inserts. */
function begin(reach: Reach, diagonal: number, edits: number): { start: number; isDown: boolean } {
  const above = reach.get(diagonal - 1) as number
  const below = reach.get(diagonal + 1) as number
  const isDown = diagonal === -edits || (diagonal !== edits && above < below)
  return { start: isDown ? below : above + 1, isDown }
}

/** Walk back from the ends of both to their beginnings, and collect what is the same. */
function traced(steps: readonly Reach[], i: number, j: number): Run[] {
  const runs: Run[] = []
  for (let edits = steps.length - 1; edits >= 0; edits--) {
    const diagonal = i - j
    const { start, isDown } = begin(steps[edits] as Reach, diagonal, edits)
    if (i > start) runs.push([start, start - diagonal, i - start])
    i = isDown ? start : start - 1
    j = isDown ? start - diagonal - 1 : start - diagonal
  }
  return runs.reverse()
}

/** What is not the same, in both. */
function* between(runs: readonly Run[], old: number, fresh: number): Generator<[Range, Range]> {
  let atOld = 0
  let atNew = 0
  for (const [i, j, length] of [...runs, [old, fresh, 0] as const]) {
    yield [
      { start: atOld, stop: i },
      { start: atNew, stop: j },
    ]
    atOld = i + length
    atNew = j + length
  }
}

/**
 * Remove, move and add items until their identities are `fresh`; as few as can be are moved. Returns whether what is at
 * a place then was there before.
 */
function* rearranged(old: Json[], fresh: Json[], after: Json[], path: Path): Generator<Op, (place: number) => boolean> {
  const coming = new Map(fresh.map((identity, place) => [identity, place]))
  const places = old.map((identity) => coming.get(identity) ?? -1)
  const staying = longestRising(places.filter((place) => place >= 0))
  let moving = new Set(places.filter((place) => place >= 0 && !staying.has(place)))
  if (moving.size * old.length > MOVES) moving = new Set()
  const isKept = (place: number) => staying.has(place) || moving.has(place)
  for (let i = old.length - 1; i >= 0; i--) {
    if (!isKept(places[i] as number)) yield { op: 'remove', path: [...path, i] }
  }
  const present = places.filter(isKept)
  let index = 0
  for (const [place, item] of after.entries()) {
    if (staying.has(place)) {
      index = moving.size > 0 ? present.indexOf(place, index) + 1 : index + 1
    } else if (moving.has(place)) {
      const from = present.indexOf(place)
      present.splice(from, 1)
      if (from < index) index--
      if (from !== index) yield { op: 'move', from: [...path, from], path: [...path, index] }
      present.splice(index++, 0, place)
    } else {
      yield { op: 'add', path: [...path, index], value: item }
      present.splice(index++, 0, place)
    }
  }
  return isKept
}

/** The members of a longest increasing subsequence. */
function longestRising(numbers: readonly number[]): Set<number> {
  const ends: number[] = [] // of the best subsequence of each length, the smallest last number
  const before = new Map<number, number | undefined>()
  for (const number of numbers) {
    let length = 0
    for (let high = ends.length; length < high; ) {
      const middle = (length + high) >> 1
      if ((ends[middle] as number) < number) length = middle + 1
      else high = middle
    }
    before.set(number, ends[length - 1])
    ends[length] = number
  }
  const longest = new Set<number>()
  for (let last = ends.at(-1); last !== undefined; last = before.get(last)) longest.add(last)
  return longest
}

/** Each element's identity; `null` if one has none, or two have the same. */
function identities(elements: Json[], key: string): Json[] | null {
  const found = elements.map((element) =>
    isObject(element) && Object.hasOwn(element, key) ? (element[key] as Json) : null,
  )
  const areFit = found.every((identity) => typeof identity === 'string' || typeof identity === 'number')
  return areFit && new Set(found).size === found.length ? found : null
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function countEqual(a: Json[], b: Json[]): number {
  let count = 0
  while (count < Math.min(a.length, b.length) && equal(a[count], b[count])) count++
  return count
}

/** How many units two texts begin with in common, found by halves; a pair of surrogates is not parted. */
function commonStart(a: string, b: string): number {
  const count = halved(a, b, (low, middle) => a.slice(low, middle) === b.slice(low, middle))
  return count > 0 && (isPairAt(a, count - 1) || isPairAt(b, count - 1)) ? count - 1 : count
}

function commonEnd(a: string, b: string): number {
  const part = (text: string, low: number, middle: number) => text.slice(text.length - middle, text.length - low)
  const count = halved(a, b, (low, middle) => part(a, low, middle) === part(b, low, middle))
  return count > 0 && (isPairAt(a, a.length - count - 1) || isPairAt(b, b.length - count - 1)) ? count - 1 : count
}

/** The largest number up to which it is the same, from one to the next. */
function halved(a: string, b: string, isSame: (low: number, middle: number) => boolean): number {
  let low = 0
  let high = Math.min(a.length, b.length)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isSame(low, middle)) low = middle
    else high = middle - 1
  }
  return low
}

function offsets(lines: readonly string[]): number[] {
  const all = [0]
  for (const line of lines) all.push((all.at(-1) as number) + lengthOf(line))
  return all
}

function sizeOf({ start, stop }: Range): number {
  return stop - start
}

/** Leave out what is the same by chance. Nothing is where all of one text is left, with more between. */
function meant(runs: Run[], old: ArrayLike<string>, fresh: ArrayLike<string>): Run[] {
  const same = runs.reduce((sum, [, , length]) => sum + length, 0)
  if (same === Math.min(old.length, fresh.length)) return runs
  const texts = [textOf(old, 0, old.length), textOf(fresh, 0, fresh.length)]
  const short = runs.filter(([, , length]) => length < MEANT).slice(0, LOOKED_AT)
  const alone = new Set(short.filter(([i, , length]) => isAlone(textOf(old, i, i + length), texts)))
  return runs.filter((run) => run[2] >= MEANT || alone.has(run))
}

function isAlone(part: string, texts: string[]): boolean {
  return texts.every((text) => text.indexOf(part) === text.lastIndexOf(part))
}

function textOf(points: ArrayLike<string>, start: number, stop: number): string {
  return typeof points === 'string' ? points.slice(start, stop) : (points as string[]).slice(start, stop).join('')
}
