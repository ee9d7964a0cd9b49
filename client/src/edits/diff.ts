/**
 * The difference between two values, found with bounded effort. Texts and arrays are compared by the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
 */

import type { Json, Keys, Op, Ops, Path, Value } from '../protocol'
import { equal, isObject, type Members } from './apply'
import { isPairAt, lengthOf, pointsIn } from './text'

/** The effort that one difference may spend; where it runs out, what is left counts as replaced. */
const EFFORT = 250_000
/** How much of it the search in one text or array may take. */
const SEARCH = 5_000
/** The effort of one step of a search. */
const STEP = 2
/** The effort of an op, which has to be measured, encoded, sent and applied, too. */
const OP = 20
/** The effort of telling one element, word or line from others. */
const MARK = 6
/** The effort of preparing it for a search, if some are the same. */
const ELEMENT = 10
/** The effort of reading the identity of an item. */
const IDENTITY = 4
/** How many bytes are encoded with an effort of 1. */
const BYTES = 32
/** Down to this depth comparing costs no effort; each level below reads again what is inside of it. */
const FREE_DEPTH = 3
/** So many characters that are the same in two texts may be the same ones; fewer only if they are nowhere else. */
const MEANT = 4
/** How many short runs are looked for elsewhere in the texts. */
const LOOKED_AT = 200
/** How many characters may be looked through for them. */
const LOOKED_THROUGH = 4_000_000
/** Of texts that are shorter, what they have in common is counted before it is looked for; of others a sample is. */
const SHORT = 16
/** How many places of a text are looked for in the other, to see whether the two have anything in common. */
const SAMPLE = 64
/** How many characters may be looked through for them; but eight places are looked for in any text. */
const SAMPLED_THROUGH = 640_000
/** How many items times how many moves and additions; past it, items that moved are told as removed and added. */
const MOVES = 1_000_000
/** Texts of more words are compared by lines. */
const WORDS = 4_000

const LINE = /[^\n]*\n|[^\n]+/g
const WORD = /[^ \n]+[ \n]*|[ \n]+/g

/** Where in the one and where in the other there is the same, and how much of it. */
type Run = readonly [number, number, number]
interface Range {
  start: number
  stop: number
}

/**
 * Ops that turn `before` into `after`; none if they are equal. Items of lists that `keys` names are the same if their
 * identity is, wherever they are; those of others if they are equal, and what is between those is paired by position. What
 * the effort does not reach is replaced as a whole.
 */
export function diff(before: Value, after: Value, keys: Keys = {}): Ops {
  if (after === undefined) return before === undefined ? [] : [{ op: 'remove', path: [] }]
  if (before === undefined) return [{ op: 'replace', path: [], value: after }]
  const difference = new Difference(keys)
  difference.compare(before, after, [], OP)
  return difference.ops
}

/** A walk through two values. `cost` is the effort of one op at the path: its names are sent along with it. */
class Difference {
  readonly ops: Op[] = []
  readonly #keys: readonly (readonly [string[], string])[]
  #effort = EFFORT

  constructor(keys: Keys) {
    this.#keys = Object.entries(keys).map(([pointer, member]) => [stepsOf(pointer), member])
  }

  /** Add the ops that turn `before`, at `path`, into `after`. */
  compare(before: Json, after: Json, path: Path, cost: number): void {
    if (before === after) return
    if (typeof before === 'string' && typeof after === 'string') this.#compareTexts(before, after, path, cost)
    else if (isObject(before) && isObject(after) && this.#affordsALook(after, path))
      this.#compareMembers(before, after, path, cost)
    else if (Array.isArray(before) && Array.isArray(after) && this.#affordsALook(after, path))
      this.#compareElements(before, after, path, cost)
    else if (!equal(before, after)) this.ops.push({ op: 'replace', path, value: after })
  }

  #compareTexts(before: string, after: string, path: Path, cost: number): void {
    const start = commonStart(before, after)
    const end = commonEnd(before.slice(start), after.slice(start))
    const old = pointsIn(before.slice(start, before.length - end))
    const fresh = pointsIn(after.slice(start, after.length - end))
    const first = lengthOf(before.slice(0, start))
    const found = this.#textRuns(old, fresh)
    const runs = found.length > 0 && this.#affords((found.length + 1) * cost) ? found : []
    for (const [gone, come] of between(runs, old.length, fresh.length)) {
      if (sizeOf(gone) === 0 && sizeOf(come) === 0) continue
      const insert = textOf(fresh, come.start, come.stop)
      this.ops.push({ op: 'splice', path, at: first + come.start, delete: sizeOf(gone), insert })
    }
  }

  /** Spend so much effort, if it is there; return whether it was. */
  #affords(cost: number): boolean {
    if (cost > this.#effort) return false
    this.#effort -= cost
    return true
  }

  #affordsALook(after: Json, path: Path): boolean {
    return this.#affords(path.length > FREE_DEPTH ? Math.floor(JSON.stringify(after).length / BYTES) : 1)
  }

  #compareMembers(before: Members, after: Members, path: Path, cost: number): void {
    const old = Object.keys(before)
    const fresh = Object.keys(after)
    const isAffordable = this.#affords(old.length + fresh.length)
    const changed = isAffordable
      ? old.filter((name) => !Object.hasOwn(after, name) || !equal(before[name], after[name]))
      : []
    const come = isAffordable ? fresh.filter((name) => !Object.hasOwn(before, name)) : []
    const names = [...changed, ...come].reduce((sum, name) => sum + name.length, 0)
    const total = (changed.length + come.length) * cost + Math.floor(names / 8)
    if (!isAffordable || !this.#affords(total)) {
      this.ops.push({ op: 'replace', path, value: after })
      return
    }
    for (const name of changed) {
      const place = [...path, name]
      if (!Object.hasOwn(after, name)) this.ops.push({ op: 'remove', path: place })
      else this.compare(before[name] as Json, after[name] as Json, place, cost + Math.floor(name.length / 8))
    }
    for (const name of come) this.ops.push({ op: 'add', path: [...path, name], value: after[name] as Json })
  }

  #compareElements(before: Json[], after: Json[], path: Path, cost: number): void {
    const [start, end] = equalEnds(before, after)
    const old = before.slice(start, before.length - end)
    const fresh = after.slice(start, after.length - end)
    const key = this.#keyAt(path)
    const isKeyed = key !== null && this.#affords(IDENTITY * (old.length + fresh.length))
    const gone = isKeyed ? identities(old, key) : null
    const come = isKeyed ? identities(fresh, key) : null
    const isTold =
      gone && come
        ? this.#arrange(old, fresh, new Arrangement(gone, come), start, path, cost)
        : this.#pair(old, fresh, start, path, cost)
    if (!isTold) this.ops.push({ op: 'replace', path, value: after })
  }

  /** Tell which items come, go and move, and what has changed in those that stay; if there is the effort for it. */
  #arrange(old: Json[], fresh: Json[], arrangement: Arrangement, start: number, path: Path, cost: number): boolean {
    const changed = arrangement.places
      .map((place, i) => [place, i] as const)
      .filter(([place, i]) => arrangement.isKept(place) && !equal(old[i], fresh[place]))
      .sort(([place], [other]) => place - other)
    if (!this.#affords((changed.length + arrangement.size) * cost)) return false
    arrangement.tell(this.ops, fresh, start, path)
    for (const [place, i] of changed) this.compare(old[i] as Json, fresh[place] as Json, [...path, start + place], cost)
    return true
  }

  /**
   * Keep equal elements, pair those between them by position, and tell what is left over; if there is the effort for
   * it.
   */
  #pair(old: Json[], fresh: Json[], start: number, path: Path, cost: number): boolean {
    const all = [...between(this.#elementRuns(old, fresh), old.length, fresh.length)]
    const size = all.reduce((sum, [gone, come]) => sum + Math.max(sizeOf(gone), sizeOf(come)), 0)
    if (!this.#affords(cost * size)) return false
    for (const [gone, come] of all) {
      const index = start + come.start
      const paired = Math.min(sizeOf(gone), sizeOf(come))
      for (let i = 0; i < paired; i++)
        this.compare(old[gone.start + i] as Json, fresh[come.start + i] as Json, [...path, index + i], cost)
      for (let i = sizeOf(gone) - 1; i >= paired; i--) this.ops.push({ op: 'remove', path: [...path, index + i] })
      for (let i = paired; i < sizeOf(come); i++)
        this.ops.push({ op: 'add', path: [...path, index + i], value: fresh[come.start + i] as Json })
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
    if (!this.#affords(MARK * (old.length + fresh.length))) return []
    const marks = [old.map(markOf), fresh.map(markOf)] as const
    const characters = marks.flat().reduce<number>((sum, mark) => sum + (isContainerMark(mark) ? mark.length : 0), 0)
    this.#effort -= Math.floor(characters / BYTES)
    return this.#common(...marks)
  }

  /** What is the same in two texts: by characters, or else by words or lines. A little is the same by chance. */
  #textRuns(old: ArrayLike<string>, fresh: ArrayLike<string>): Run[] {
    if (old.length === 0 || fresh.length === 0) return []
    const [shorter, longer] = old.length <= fresh.length ? [old, fresh] : [fresh, old]
    const unlike = this.#unlike(shorter, longer)
    if (unlike === null) return []
    const searched = unlike * unlike * STEP > 2 * SEARCH ? null : this.#runs(old, fresh)
    const runs = meant(searched ?? this.#pieceRuns(old, fresh), old, fresh)
    const same = runs.reduce((sum, [, , length]) => sum + length, 0)
    return 3 * same >= shorter.length ? runs : []
  }

  /** How many characters at least will be different, as far as a sample tells; `null` if nothing is alike. */
  #unlike(shorter: ArrayLike<string>, longer: ArrayLike<string>): number | null {
    const apart = longer.length - shorter.length
    if (shorter.length < SHORT) {
      if (longer.length > SAMPLE) {
        const there = new Set(Array.from(longer))
        return Array.from(shorter).some((each) => there.has(each)) ? apart : null
      }
      const common = commonLength(shorter, longer)
      return 3 * common < shorter.length ? null : shorter.length + longer.length - 2 * common
    }
    const places = shorter.length - MEANT + 1
    const looks = Math.min(places, SAMPLE, Math.max(8, Math.floor(SAMPLED_THROUGH / longer.length)))
    if (!this.#affords(looks + Math.floor((looks * longer.length) / 1000))) return null
    const text = textOf(longer, 0, longer.length)
    let found = 0
    for (let i = 0; i < looks; i++) {
      const at = Math.floor((i * places) / looks)
      if (text.includes(textOf(shorter, at, at + MEANT))) found++
    }
    return 12 * found < looks ? null : Math.max(apart, Math.floor(((looks - found) * places) / (looks * MEANT)))
  }

  #pieceRuns(old: ArrayLike<string>, fresh: ArrayLike<string>): Run[] {
    const texts = [textOf(old, 0, old.length), textOf(fresh, 0, fresh.length)] as const
    const spaces = texts.reduce((sum, text) => sum + text.split(' ').length - 1, 0)
    const pieces = spaces <= WORDS ? WORD : LINE
    const oldPieces = texts[0].match(pieces) ?? []
    const freshPieces = texts[1].match(pieces) ?? []
    if (!this.#affords(MARK * (oldPieces.length + freshPieces.length))) return []
    const oldAt = offsets(oldPieces)
    const freshAt = offsets(freshPieces)
    return this.#common(oldPieces, freshPieces).map(([i, j, length]) => {
      const start = oldAt[i] as number
      return [start, freshAt[j] as number, (oldAt[i + length] as number) - start]
    })
  }

  /** A longest common subsequence, in runs; only of what is in both once, where finding one takes too long. */
  #common(a: readonly Mark[], b: readonly Mark[]): Run[] {
    const inA = new Set(a)
    if (!b.some((mark) => inA.has(mark)) || !this.#affords(ELEMENT * (a.length + b.length))) return []
    const numbers = new Map<Mark, number>()
    const numbered = (marks: readonly Mark[]) =>
      marks.map((mark) => {
        const number = numbers.get(mark) ?? numbers.size
        numbers.set(mark, number)
        return number
      })
    const old = numbered(a)
    const fresh = numbered(b)
    const inOld = new Set(old)
    const shared = new Set(fresh.filter((number) => inOld.has(number)))
    const placesIn = (all: number[]) => all.flatMap((number, i) => (shared.has(number) ? [i] : []))
    const oldAt = placesIn(old)
    const freshAt = placesIn(fresh)
    const oldShared = oldAt.map((i) => old[i] as number)
    const freshShared = freshAt.map((i) => fresh[i] as number)
    const runs = this.#runs(oldShared, freshShared) ?? anchored(oldShared, freshShared)
    return joined(runs, oldAt, freshAt)
  }

  /** A longest common subsequence, in runs; `null` where finding one takes too long. */
  #runs<T>(a: ArrayLike<T>, b: ArrayLike<T>): Run[] | null {
    if (a.length === 0 || b.length === 0) return []
    const allowed = Math.min(SEARCH, this.#effort)
    let left = allowed
    if ((a.length - b.length) ** 2 * STEP > 2 * allowed) return null // so many steps at least
    const reach: Reach = new Map([[1, 0]])
    const steps: Reach[] = []
    for (let edits = 0; ; edits++) {
      steps.push(new Map(reach))
      for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
        const { start } = begin(reach, diagonal, edits)
        let i = start
        while (i < a.length && i - diagonal < b.length && a[i] === b[i - diagonal]) i++
        left -= Math.floor((i - start) / 16)
        reach.set(diagonal, i)
        if (i >= a.length && i - diagonal >= b.length) {
          this.#effort -= allowed - left
          return traced(steps, a.length, b.length)
        }
      }
      left -= STEP * (edits + 1)
      if (left > 0) continue
      this.#effort -= allowed
      return null
    }
  }
}

/** What equal elements share, and no others. */
type Mark = string | number | boolean | null

function markOf(element: Json): Mark {
  if (typeof element === 'string') return `"${element}`
  return typeof element === 'object' && element !== null ? sorted(element) : element
}

function isContainerMark(mark: Mark): mark is string {
  return typeof mark === 'string' && !mark.startsWith('"')
}

/** A value as JSON, whatever the order of its members. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(value[name] as Json)}`).join(',')}}`
}

/** The length of a longest common subsequence of two short texts. */
function commonLength(a: ArrayLike<string>, b: ArrayLike<string>): number {
  let lengths = new Array<number>(b.length + 1).fill(0)
  for (let i = 0; i < a.length; i++) {
    const next = [0]
    for (let j = 0; j < b.length; j++) {
      const longest = Math.max(lengths[j + 1] as number, next[j] as number)
      next.push(a[i] === b[j] ? (lengths[j] as number) + 1 : longest)
    }
    lengths = next
  }
  return lengths[b.length] as number
}

/** What is in both sequences once, as far as it is in the same order. */
function anchored(a: readonly number[], b: readonly number[]): Run[] {
  const counted = (all: readonly number[]) => {
    const counts = new Map<number, number>()
    for (const mark of all) counts.set(mark, (counts.get(mark) ?? 0) + 1)
    return counts
  }
  const counts = [counted(a), counted(b)]
  const places = new Map(b.map((mark, place) => [mark, place]))
  const alone = new Map<number, number>()
  for (const [i, mark] of a.entries()) {
    if (counts.every((count) => count.get(mark) === 1)) alone.set(places.get(mark) as number, i)
  }
  const rising = [...longestRising([...alone.keys()])].sort((one, other) => one - other)
  return rising.map((place) => [alone.get(place) as number, place, 1])
}

/** Runs of what follows one another in both, at the places where the elements of `runs` are. */
function joined(runs: readonly Run[], oldAt: readonly number[], freshAt: readonly number[]): Run[] {
  const all: [number, number, number][] = []
  for (const [first, second, length] of runs) {
    for (let k = 0; k < length; k++) {
      const i = oldAt[first + k] as number
      const j = freshAt[second + k] as number
      const last = all.at(-1)
      if (last && i === last[0] + last[2] && j === last[1] + last[2]) last[2]++
      else all.push([i, j, 1])
    }
  }
  return all
}

/** How many elements two lists begin and end with in common. */
function equalEnds(a: Json[], b: Json[]): [number, number] {
  if (a.length === 1 && b.length === 1) return [0, 0] // one that differs, or will be found to be the same
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && equal(a[start], b[start])) start++
  let end = 0
  while (end < most - start && equal(a[a.length - 1 - end], b[b.length - 1 - end])) end++
  return [start, end]
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

/** The way from items in one order to items in another, told by their identities; as few as can be are moved. */
class Arrangement {
  /** Where each of the old items is among the new, or -1. */
  readonly places: readonly number[]
  readonly #staying: Set<number>
  readonly #moving: Set<number>
  readonly #added: number

  constructor(old: Json[], fresh: Json[]) {
    const coming = new Map(fresh.map((identity, place) => [identity, place]))
    this.places = old.map((identity) => coming.get(identity) ?? -1)
    const there = this.places.filter((place) => place >= 0)
    this.#staying = longestRising(there)
    const moving = there.filter((place) => !this.#staying.has(place))
    const isMoved = (moving.length + fresh.length - there.length) * old.length <= MOVES
    this.#moving = new Set(isMoved ? moving : [])
    this.#added = fresh.length - this.#staying.size - this.#moving.size
  }

  /** How many ops it takes. */
  get size(): number {
    const kept = this.#staying.size + this.#moving.size
    return this.places.length - kept + this.#added + this.#moving.size
  }

  /** Whether what is at a place then was there before. */
  isKept(place: number): boolean {
    return this.#staying.has(place) || this.#moving.has(place)
  }

  /** Add the ops that remove, move and add items, of which the first is at `start`, until they are `fresh`. */
  tell(ops: Op[], fresh: Json[], start: number, path: Path): void {
    for (let i = this.places.length - 1; i >= 0; i--) {
      if (!this.isKept(this.places[i] as number)) ops.push({ op: 'remove', path: [...path, start + i] })
    }
    const present = this.#moving.size > 0 ? this.places.filter((place) => this.isKept(place)) : null
    let index = 0
    for (const [place, item] of fresh.entries()) {
      if (this.#staying.has(place)) {
        index = (present ? present.indexOf(place, index) : index) + 1
        continue
      }
      if (present && this.#moving.has(place)) {
        const from = present.indexOf(place)
        present.splice(from, 1)
        if (from < index) index--
        if (from !== index) ops.push({ op: 'move', from: [...path, start + from], path: [...path, start + index] })
      } else ops.push({ op: 'add', path: [...path, start + index], value: item })
      present?.splice(index, 0, place)
      index++
    }
  }
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
  const looks = Math.min(LOOKED_AT, Math.floor(LOOKED_THROUGH / (old.length + fresh.length)))
  const short = runs.filter(([, , length]) => length < MEANT).slice(0, looks)
  const alone = new Set(short.filter(([i, , length]) => isAlone(textOf(old, i, i + length), texts)))
  return runs.filter((run) => run[2] >= MEANT || alone.has(run))
}

function isAlone(part: string, texts: string[]): boolean {
  return texts.every((text) => text.indexOf(part) === text.lastIndexOf(part))
}

function textOf(points: ArrayLike<string>, start: number, stop: number): string {
  return typeof points === 'string' ? points.slice(start, stop) : (points as string[]).slice(start, stop).join('')
}
