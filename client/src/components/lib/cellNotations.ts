/** The notations in which the cells of a Table are edited, by the type of their column. No React. */

import { fromKey, keyOf } from '../../fields/choices'
import { dateNotation, dateTimeOf, unlikelyYear, withDateTime } from '../../fields/moments'
import { NUMBERS } from '../../fields/numbers'
import type { Notation } from '../../fields/valueBinding'
import { MOMENTS } from '../../messages/moments'
import type { Json } from '../../protocol'
import { textOf } from '../../view/values'
import type { Column } from './table'

const TEXTS: Notation = {
  incomplete: '',
  format: (value) => (typeof value === 'object' && value !== null ? null : textOf(value)),
  parse: (text, before) => ({ value: text === textOf(before) ? before : text }),
}

const CHOICES: Notation = {
  incomplete: '',
  format: keyOf,
  parse: (text) => ({ value: fromKey(text) }),
}

const DATES = dateNotation(null)

const DATETIMES: Notation = {
  incomplete: MOMENTS.noDate,
  format: (value) => {
    if (value === null || value === '') return ''
    return dateTimeOf(value, null)?.slice(0, 16).replace(' ', 'T') ?? null
  },
  parse: (text, before) => {
    if (text === '') return { value: null }
    const shown = DATETIMES.format(before)
    if (shown === text) return { value: before }
    const reason = unlikelyYear(text, shown)
    return reason !== null ? { reason } : withDateTime(before, `${text.replace('T', ' ')}:00`, null)
  },
}

/** Return the notation of a column's cells; `null` where a cell is changed without one. */
export function notationOf({ type, choices }: Column): Notation | null {
  if (choices) return CHOICES
  const notations = { number: NUMBERS, date: DATES, datetime: DATETIMES, text: TEXTS, boolean: null }
  return notations[type]
}

/** Return whether a value can be edited in a column. */
export function isEditable(column: Column, value: Json): boolean {
  const notation = notationOf(column)
  return notation ? notation.format(value) !== null : value === null || typeof value === 'boolean'
}
