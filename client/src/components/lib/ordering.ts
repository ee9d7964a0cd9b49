/** The order of values, in tables and lists. */

import type { Json } from '../../protocol'
import { textOf } from '../../view/values'

const COLLATOR = new Intl.Collator(undefined, { numeric: true })

/** Compare two values: numbers come before text, missing values last in both directions. */
export function compare(a: Json, b: Json, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  if (typeof a === 'number' || typeof b === 'number') return sign * (typeof a === 'number' ? -1 : 1)
  return sign * COLLATOR.compare(textOf(a), textOf(b))
}
