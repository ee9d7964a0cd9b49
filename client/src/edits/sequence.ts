/**
 * Common subsequences of two sequences, found with bounded effort. Twin of `_edits/sequence.py`. The search is the
 * algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
 */

import { type Effort, ELEMENT, SEARCH, STEP, TABLE } from './effort'
import { isPairAt } from './text'

/** A common part of two sequences: its index in the one, its index in the other, and its length. */
export type Run = readonly [number, number, number]

export interface Range {
  start: number
  stop: number
}

/** The number of edits up to which two sequences are searched. */
export const MAX_EDITS = Math.floor(Math.sqrt((2 * SEARCH) / STEP))

/** For each diagonal, the furthest index in the first sequence. */
type Reach = Map<number, number>

/** Return a longest common subsequence; where the search is too long, only elements that are unique in both. */
export function commonRuns<T>(a: readonly T[], b: readonly T[], effort: Effort): Run[] {
  const inA = new Set(a)
  if (!b.some((element) => inA.has(element)) || !effort.affords(ELEMENT * (a.length + b.length))) return []
  const numbers = new Map<T, number>()
  const numbered = (elements: readonly T[]) =>
    elements.map((element) => {
      const number = numbers.get(element) ?? numbers.size
      numbers.set(element, number)
      return number
    })
  const numbersA = numbered(a)
  const numbersB = numbered(b)
  const known = new Set(numbersA)
  const shared = new Set(numbersB.filter((number) => known.has(number)))
  const sharedIn = (all: number[]) => all.flatMap((number, i) => (shared.has(number) ? [i] : []))
  const indexesA = sharedIn(numbersA)
  const indexesB = sharedIn(numbersB)
  const sharedA = indexesA.map((i) => numbersA[i] as number)
  const sharedB = indexesB.map((i) => numbersB[i] as number)
  return joined(search(sharedA, sharedB, effort) ?? anchors(sharedA, sharedB), indexesA, indexesB)
}

/** Return a longest common subsequence, or `null` if the search takes more than its share of the effort. */
export function search<T>(a: ArrayLike<T>, b: ArrayLike<T>, effort: Effort): Run[] | null {
  if (a.length === 0 || b.length === 0) return []
  if (a.length * b.length <= TABLE)
    return effort.affords(STEP * (a.length + b.length))
      ? searchDiagonals(a, b, SEARCH, Number.POSITIVE_INFINITY)[0]
      : null
  const allowed = Math.min(SEARCH, effort.left)
  // The difference of the lengths is the least number of edits.
  if ((a.length - b.length) ** 2 * STEP > 2 * allowed) return null
  const [runs, left] = searchDiagonals(a, b, allowed, 16)
  effort.left -= allowed - left
  return runs
}

/**
 * Return a longest common subsequence, or `null` if that takes more than the effort, and the effort left. `same` equal
 * elements in a row take an effort of 1.
 */
function searchDiagonals<T>(a: ArrayLike<T>, b: ArrayLike<T>, allowed: number, same: number): [Run[] | null, number] {
  let left = allowed
  const reach: Reach = new Map([[1, 0]])
  const steps: Reach[] = []
  for (let edits = 0; ; edits++) {
    steps.push(new Map(reach))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const { start } = nextEdit(reach, diagonal, edits)
      let i = start
      while (i < a.length && i - diagonal < b.length && a[i] === b[i - diagonal]) i++
      left -= Math.floor((i - start) / same)
      reach.set(diagonal, i)
      if (i >= a.length && i - diagonal >= b.length) return [traced(steps, a.length, b.length), left]
    }
    left -= STEP * (edits + 1)
    if (left <= 0) return [null, 0]
  }
}

/** Yield the ranges between the runs, in both sequences: before the first, between two, and after the last. */
export function* gaps(runs: readonly Run[], sizeA: number, sizeB: number): Generator<[Range, Range]> {
  let startA = 0
  let startB = 0
  for (const [i, j, length] of [...runs, [sizeA, sizeB, 0] as const]) {
    yield [
      { start: startA, stop: i },
      { start: startB, stop: j },
    ]
    startA = i + length
    startB = j + length
  }
}

export function lengthOfRange({ start, stop }: Range): number {
  return stop - start
}

/** Return the members of a longest increasing subsequence. */
export function longestRising(numbers: readonly number[]): Set<number> {
  const ends: number[] = [] // the smallest last number of an increasing subsequence, by its length
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

/** Return the length of the common prefix of two texts, in UTF-16 units, found by bisection. It ends in no pair. */
export function commonStart(a: string, b: string): number {
  const length = bisected(a, b, (low, middle) => a.slice(low, middle) === b.slice(low, middle))
  return length > 0 && (isPairAt(a, length - 1) || isPairAt(b, length - 1)) ? length - 1 : length
}

/** Return the length of the common suffix of two texts, in UTF-16 units, found by bisection. It begins in no pair. */
export function commonEnd(a: string, b: string): number {
  const part = (text: string, low: number, middle: number) => text.slice(text.length - middle, text.length - low)
  const length = bisected(a, b, (low, middle) => part(a, low, middle) === part(b, low, middle))
  const isInPair = length > 0 && (isPairAt(a, a.length - length - 1) || isPairAt(b, b.length - length - 1))
  return isInPair ? length - 1 : length
}

/** Return the largest length up to which two texts are the same, where `isSame` compares from one length to another. */
function bisected(a: string, b: string, isSame: (low: number, middle: number) => boolean): number {
  let low = 0
  let high = Math.min(a.length, b.length)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isSame(low, middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** Return the elements that are unique in both sequences, as far as they are in one order. */
function anchors(a: readonly number[], b: readonly number[]): Run[] {
  const countsA = counted(a)
  const countsB = counted(b)
  const indexesB = new Map(b.map((number, index) => [number, index]))
  const unique = new Map<number, number>()
  for (const [i, number] of a.entries()) {
    if (countsA.get(number) === 1 && countsB.get(number) === 1) unique.set(indexesB.get(number) as number, i)
  }
  const rising = [...longestRising([...unique.keys()])].sort((one, other) => one - other)
  return rising.map((index) => [unique.get(index) as number, index, 1])
}

function counted(numbers: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  return counts
}

/** Map runs to the original indexes, and join those that are adjacent in both sequences. */
function joined(runs: readonly Run[], indexesA: readonly number[], indexesB: readonly number[]): Run[] {
  const all: [number, number, number][] = []
  for (const [first, second, length] of runs) {
    for (let k = 0; k < length; k++) {
      const i = indexesA[first + k] as number
      const j = indexesB[second + k] as number
      const last = all.at(-1)
      if (last && i === last[0] + last[2] && j === last[1] + last[2]) last[2]++
      else all.push([i, j, 1])
    }
  }
  return all
}

/** Return the index to which the next edit leads on a diagonal, and whether that edit inserts. */
function nextEdit(reach: Reach, diagonal: number, edits: number): { start: number; isInsertion: boolean } {
  const lower = reach.get(diagonal - 1) as number
  const upper = reach.get(diagonal + 1) as number
  const isInsertion = diagonal === -edits || (diagonal !== edits && lower < upper)
  return { start: isInsertion ? upper : lower + 1, isInsertion }
}

/** Walk back from the ends of both sequences to their starts, and collect the runs. */
function traced(steps: readonly Reach[], i: number, j: number): Run[] {
  const runs: Run[] = []
  for (let edits = steps.length - 1; edits >= 0; edits--) {
    const diagonal = i - j
    const { start, isInsertion } = nextEdit(steps[edits] as Reach, diagonal, edits)
    if (i > start) runs.push([start, start - diagonal, i - start])
    i = isInsertion ? start : start - 1
    j = isInsertion ? start - diagonal - 1 : start - diagonal
  }
  return runs.reverse()
}
