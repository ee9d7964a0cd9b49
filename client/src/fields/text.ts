/** Changes of a text: found by comparison, converted to splices, and applied to selections. Offsets are UTF-16 units. */

import { isPairAt, lengthOf, pointsAt, unitsAt } from '../edits/text'
import type { Splice } from '../protocol'

/** The replacement of `removed` units at the offset `at` with `inserted`. */
export interface TextChange {
  at: number
  removed: number
  inserted: string
}

export interface Selection {
  start: number
  end: number
}

/** The length of the parts that are compared at once. */
const CHUNK = 2048

/**
 * Return the change from one text to another; `null` if they are equal. Among several possible changes, it is the one
 * that ends at the caret in `after`: when `aa` becomes `aaa`, only the caret tells which `a` is new.
 */
export function changeBetween(before: string, after: string, caret = after.length): TextChange | null {
  if (before === after) return null
  const shorter = Math.min(before.length, after.length)
  const behindCaret = after.length - caret
  const isAtCaret = behindCaret <= shorter && before.endsWith(after.slice(caret))
  let suffix = isAtCaret ? behindCaret : 0
  let prefix = commonPrefix(before, after, isAtCaret ? shorter - suffix : 0)
  suffix += commonSuffix(before.slice(prefix, before.length - suffix), after.slice(prefix, after.length - suffix))
  if (!isAtCaret) prefix = commonPrefix(before, after, shorter - suffix)
  while (prefix > 0 && (isInsidePair(before, prefix) || isInsidePair(after, prefix))) prefix--
  while (suffix > 0 && (isInsidePair(before, before.length - suffix) || isInsidePair(after, after.length - suffix)))
    suffix--
  return { at: prefix, removed: before.length - suffix - prefix, inserted: after.slice(prefix, after.length - suffix) }
}

export function applyChange(text: string, { at, removed, inserted }: TextChange): string {
  return text.slice(0, at) + inserted + text.slice(at + removed)
}

/** Convert a change to a splice, which counts code points. */
export function spliceOf(text: string, { at, removed, inserted }: TextChange): Splice {
  const deleted = lengthOf(text.slice(at, at + removed))
  return { op: 'splice', path: [], at: pointsAt(text, at), delete: deleted, insert: inserted }
}

/** Convert a splice to a change. */
export function changeOf(text: string, { at: point, delete: points, insert: inserted }: Splice): TextChange {
  const at = unitsAt(text, point)
  return { at, removed: unitsAt(text.slice(at), points), inserted }
}

/**
 * Transform a selection over another user's change. An insertion at the caret comes after the caret; one at an end of a
 * selection stays outside of it.
 */
export function transformed({ start, end }: Selection, change: TextChange): Selection {
  if (start === end) return { start: shifted(start, change, false), end: shifted(end, change, false) }
  const from = shifted(start, change, true)
  return { start: from, end: Math.max(from, shifted(end, change, false)) }
}

/** Transform an offset. With `isPushed`, it moves behind an insertion at the offset itself. */
function shifted(offset: number, { at, removed, inserted }: TextChange, isPushed: boolean): number {
  if (offset < at || (offset === at && !(isPushed && removed === 0))) return offset
  if (offset >= at + removed) return offset - removed + inserted.length
  return at + Math.min(offset - at, inserted.length)
}

/** Return whether an offset lies between the two units of one character. */
function isInsidePair(text: string, offset: number): boolean {
  return offset > 0 && isPairAt(text, offset - 1)
}

/** Return the length of the common prefix, at most `max`. */
function commonPrefix(before: string, after: string, max: number): number {
  let same = 0
  while (same + CHUNK <= max && before.slice(same, same + CHUNK) === after.slice(same, same + CHUNK)) same += CHUNK
  while (same < max && before.charCodeAt(same) === after.charCodeAt(same)) same++
  return same
}

function commonSuffix(before: string, after: string): number {
  const [b, a] = [before.length, after.length]
  const max = Math.min(b, a)
  let same = 0
  while (same + CHUNK <= max && before.slice(b - same - CHUNK, b - same) === after.slice(a - same - CHUNK, a - same))
    same += CHUNK
  while (same < max && before.charCodeAt(b - same - 1) === after.charCodeAt(a - same - 1)) same++
  return same
}
