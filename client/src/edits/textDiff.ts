/** The difference between two texts, as splices. Twin of `_edits/text_diff.py`. */

import type { Path, Splice } from '../protocol'
import { type Effort, MARK, UNLIKE } from './effort'
import { commonEnd, commonRuns, commonStart, gaps, lengthOfRange, MAX_EDITS, type Run, search } from './sequence'
import { lengthOf, pointsIn } from './text'

/** The length of the shortest run that counts as common. A shorter one may be equal by chance. */
const MIN_RUN = 4
/** The number of short runs that are looked up: a short run counts if it occurs nowhere else. */
const MAX_LOOKUPS = 200
/** The number of characters that are read to look up short runs. */
const MAX_LOOKUP_CHARACTERS = 4_000_000
/** The length from which on two texts are sampled before they are searched. */
const SHORT = 16
/** The number of parts of a text that are sampled. */
const MAX_SAMPLES = 48
/** The number of characters that are read to find the samples; in any case eight samples are taken. */
const MAX_SAMPLE_CHARACTERS = 640_000
/** The number of words in two texts above which they are compared by lines. */
const MAX_WORDS = 4_000

const LINE = /[^\n]*\n|[^\n]+/g
const WORD = /[^ \n]*[ \n]+|[^ \n]+/g

/** The code points of a text. */
type Points = ArrayLike<string>

/**
 * Return splices that turn the text `before` at `path` into `after`; each op costs `cost`. Where the effort runs out, or
 * the texts have little in common, one splice replaces all that is between the common start and the common end.
 */
export function textSplices(before: string, after: string, path: Path, cost: number, effort: Effort): Splice[] {
  const start = commonStart(before, after)
  const end = commonEnd(before.slice(start), after.slice(start))
  const old = pointsIn(before.slice(start, before.length - end))
  const fresh = pointsIn(after.slice(start, after.length - end))
  const first = lengthOf(before.slice(0, start))
  const isCompared = old.length > 0 && fresh.length > 0 && effort.texts > 0
  const found = isCompared ? textRuns(old, fresh, effort) : []
  const runs = found.length > 0 && effort.affords((found.length + 1) * cost) ? found : []
  const changes = [...gaps(runs, old.length, fresh.length)].filter((each) => each.some(lengthOfRange))
  return changes.map(([removed, added]) => ({
    op: 'splice',
    path,
    at: first + added.start,
    delete: lengthOfRange(removed),
    insert: textOf(fresh, added.start, added.stop),
  }))
}

/** Return what two texts have in common, by characters or else by words or lines; nothing if it is little. */
function textRuns(old: Points, fresh: Points, effort: Effort): Run[] {
  const found = runsOfAnyLength(old, fresh, effort)
  const runs = found.length > 0 ? significant(found, old, fresh) : []
  const same = runs.reduce((sum, [, , length]) => sum + length, 0)
  const isLike = runs.length > 0 && 3 * same >= Math.min(old.length, fresh.length)
  effort.texts -= isLike ? 1 : UNLIKE
  return isLike ? runs : []
}

function runsOfAnyLength(old: Points, fresh: Points, effort: Effort): Run[] {
  const least = leastEdits(old, fresh, effort)
  if (least === null) return []
  const runs = least > MAX_EDITS ? null : search(old, fresh, effort)
  return runs ?? pieceRuns(old, fresh, effort)
}

/** Return the least number of characters that differ, as far as a sample tells; `null` if little is in common. */
function leastEdits(old: Points, fresh: Points, effort: Effort): number | null {
  const [shorter, longer] = old.length <= fresh.length ? [old, fresh] : [fresh, old]
  const apart = longer.length - shorter.length
  if (shorter.length < SHORT) {
    const characters = new Set(Array.from(longer))
    return Array.from(shorter).some((each) => characters.has(each)) ? apart : null
  }
  const offsets = shorter.length - MIN_RUN + 1
  const samples = Math.min(offsets, MAX_SAMPLES, Math.max(8, Math.floor(MAX_SAMPLE_CHARACTERS / longer.length)))
  if (!effort.affords(samples + Math.floor((samples * longer.length) / 1000))) return null
  const text = textOf(longer, 0, longer.length)
  let found = 0
  for (let i = 0; i < samples; i++) {
    const at = Math.floor((i * offsets) / samples)
    if (text.includes(textOf(shorter, at, at + MIN_RUN))) found++
  }
  const different = Math.floor(((samples - found) * offsets) / (samples * MIN_RUN))
  return 12 * found < samples ? null : Math.max(apart, different)
}

/** Return what two texts have in common, by words or lines. */
function pieceRuns(old: Points, fresh: Points, effort: Effort): Run[] {
  const texts = [textOf(old, 0, old.length), textOf(fresh, 0, fresh.length)] as const
  const lines = count(texts, '\n')
  if (lines > MAX_WORDS && lines * MIN_RUN > old.length + fresh.length) return [] // such short lines are equal by chance
  const pieces = lines + count(texts, ' ') <= MAX_WORDS ? WORD : LINE
  const oldPieces = texts[0].match(pieces) ?? []
  const freshPieces = texts[1].match(pieces) ?? []
  if (!effort.affords(MARK * (oldPieces.length + freshPieces.length))) return []
  const oldAt = offsetsOf(oldPieces)
  const freshAt = offsetsOf(freshPieces)
  return commonRuns(oldPieces, freshPieces, effort).map(([i, j, length]) => {
    const start = oldAt[i] as number
    return [start, freshAt[j] as number, (oldAt[i + length] as number) - start]
  })
}

/** Drop runs that are equal by chance. None is where all of one text is kept, and the other only adds to it. */
function significant(runs: Run[], old: Points, fresh: Points): Run[] {
  const same = runs.reduce((sum, [, , length]) => sum + length, 0)
  if (same === Math.min(old.length, fresh.length)) return runs
  const texts = [textOf(old, 0, old.length), textOf(fresh, 0, fresh.length)]
  const lookups = Math.min(MAX_LOOKUPS, Math.floor(MAX_LOOKUP_CHARACTERS / (old.length + fresh.length)))
  const short = runs.filter(([, , length]) => length < MIN_RUN).slice(0, lookups)
  const unique = new Set(short.filter(([i, , length]) => isUnique(textOf(old, i, i + length), texts)))
  return runs.filter((run) => run[2] >= MIN_RUN || unique.has(run))
}

function count(texts: readonly string[], separator: string): number {
  return texts.reduce((sum, text) => sum + text.split(separator).length - 1, 0)
}

function isUnique(part: string, texts: string[]): boolean {
  return texts.every((text) => text.indexOf(part) === text.lastIndexOf(part))
}

/** Return the offset of each piece in code points, and the length of all. */
function offsetsOf(pieces: readonly string[]): number[] {
  const offsets = [0]
  for (const piece of pieces) offsets.push((offsets.at(-1) as number) + lengthOf(piece))
  return offsets
}

function textOf(points: Points, start: number, stop: number): string {
  return typeof points === 'string' ? points.slice(start, stop) : (points as string[]).slice(start, stop).join('')
}
