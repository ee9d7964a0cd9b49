/** The names below the bars of a Chart, as people read them. */

import { CHART } from '../../messages/chart'
import type { Json } from '../../protocol'
import { textOf } from '../../view/values'
import { inferredType, moments } from './columnTypes'

const FIRST_OF_MONTH = /^\d{4}-\d\d-01(?:[T ]00:00(?::00(?:\.0+)?)?)?$/
const DATE_CHARACTERS = 10
const MONTH = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' })

/** Return the function that writes the names of an axis: dates in the user's language, and months if all begin one. */
export function nameFunctionOf(names: readonly Json[]): (name: Json) => string {
  const known = names.filter((name) => name !== null)
  const type = inferredType(known)
  const isOfMoments = type === 'date' || type === 'datetime'
  const write = !isOfMoments ? textOf : areMonths(known) ? monthOf : moments(type)
  // Moments that differ by less than a minute.
  const isClear = new Set(known.map(write)).size === known.length
  return (name) => (name === null ? CHART.missing : isClear ? write(name) : textOf(name))
}

function areMonths(names: readonly Json[]): boolean {
  return names.length > 1 && names.every((name) => FIRST_OF_MONTH.test(textOf(name)))
}

function monthOf(name: Json): string {
  const day = textOf(name).slice(0, DATE_CHARACTERS)
  return FIRST_OF_MONTH.test(day) ? MONTH.format(Date.parse(day)) : textOf(name)
}
