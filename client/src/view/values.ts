/** Conversions of JSON to the types of props. A variable may hold any value; a prop uses as much of it as it can. */

import type { Json } from '../protocol'
import { truthy } from '../variables/computed'

/** Return a value as text for people. */
export function textOf(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Return a name, an address or a CSS keyword; `null` for a value that cannot be one. */
export function stringOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value : null
}

/** Return a number, or the number that a string is the text of. */
export function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  return Number.isFinite(Number(value)) ? Number(value) : null
}

/** Return a number of pixels or a CSS length. */
export function sizeOf(value: Json | undefined): number | string | null {
  return typeof value === 'number' || typeof value === 'string' ? value : null
}

export function flagOf(value: Json | undefined): boolean | null {
  return value === null || value === undefined ? null : truthy(value)
}

/** Return an own member of a record; `null` if there is none. */
export function memberOf(record: Readonly<Record<string, Json>>, name: string): Json {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null
}
