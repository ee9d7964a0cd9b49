/** Texts as fields know them: what was typed, and where the caret goes when others type. Offsets are UTF-16 units. */

import { isPairAt, lengthOf, pointsAt, unitsAt } from '../edits/text'
import type { Splice } from '../protocol'

/** At `at` `gone` units gave way to `come`. */
export interface TextChange {
  at: number
  gone: number
  come: string
}

export interface Selection {
  start: number
  end: number
}

const CHUNK = 2048

/**
 * What was changed between two texts; `null` if nothing was. Where several changes would do, it is the one that leaves
 * the caret, which is in `after`, at its end: of `aaa` typed into `aa` only the caret tells which `a` is new.
 */
export function changeBetween(before: string, after: string, caret = after.length): TextChange | null {
  if (before === after) return null
  const shorter = Math.min(before.length, after.length)
  const behind = after.length - caret
  const isAtCaret = behind <= shorter && before.endsWith(after.slice(caret))
  let end = isAtCaret ? behind : 0
  let start = commonStart(before, after, isAtCaret ? shorter - end : 0)
  end += commonEnd(before.slice(start, before.length - end), after.slice(start, after.length - end))
  if (!isAtCaret) start = commonStart(before, after, shorter - end)
  while (start > 0 && (splits(before, start) || splits(after, start))) start--
  while (end > 0 && (splits(before, before.length - end) || splits(after, after.length - end))) end--
  return { at: start, gone: before.length - end - start, come: after.slice(start, after.length - end) }
}

export function changed(text: string, { at, gone, come }: TextChange): string {
  return text.slice(0, at) + come + text.slice(at + gone)
}

/** The splice that makes the change, at the text itself. */
export function spliceOf(text: string, { at, gone, come }: TextChange): Splice {
  return { op: 'splice', path: [], at: pointsAt(text, at), delete: lengthOf(text.slice(at, at + gone)), insert: come }
}

export function changeOf(text: string, { at: point, delete: gone, insert: come }: Splice): TextChange {
  const at = unitsAt(text, point)
  return { at, gone: unitsAt(text.slice(at), gone), come }
}

/**
 * Where the selection is once somebody else has made the change. What is put exactly at the caret comes after it; what
 * is put at an end of what is selected stays outside.
 */
export function moved({ start, end }: Selection, change: TextChange): Selection {
  if (start === end) return { start: shifted(start, change, false), end: shifted(end, change, false) }
  const from = shifted(start, change, true)
  return { start: from, end: Math.max(from, shifted(end, change, false)) }
}

function shifted(offset: number, { at, gone, come }: TextChange, goesAlong: boolean): number {
  if (offset < at || (offset === at && !(goesAlong && gone === 0))) return offset
  if (offset >= at + gone) return offset - gone + come.length
  return at + Math.min(offset - at, come.length)
}

/** Whether a text cannot be cut there, between the two halves of a character. */
function splits(text: string, offset: number): boolean {
  return offset > 0 && isPairAt(text, offset - 1)
}

function commonStart(before: string, after: string, most: number): number {
  let same = 0
  while (same + CHUNK <= most && before.slice(same, same + CHUNK) === after.slice(same, same + CHUNK)) same += CHUNK
  while (same < most && before.charCodeAt(same) === after.charCodeAt(same)) same++
  return same
}

function commonEnd(before: string, after: string): number {
  const [b, a] = [before.length, after.length]
  const most = Math.min(b, a)
  let same = 0
  while (same + CHUNK <= most && before.slice(b - same - CHUNK, b - same) === after.slice(a - same - CHUNK, a - same))
    same += CHUNK
  while (same < most && before.charCodeAt(b - same - 1) === after.charCodeAt(a - same - 1)) same++
  return same
}
