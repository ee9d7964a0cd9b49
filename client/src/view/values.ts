/** Values as components read them: anybody may have stored anything, and a prop takes what it can use of it. */

import type { Json } from '../protocol'
import { truthy } from '../variables/computed'

/** A value as people read it. */
export function textOf(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A name, an address or a word of CSS; `null` for what cannot be one. */
export function stringOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value : null
}

/** A number, also one that is written as text. */
export function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  return Number.isFinite(Number(value)) ? Number(value) : null
}

/** Pixels, or a length of CSS. */
export function sizeOf(value: Json | undefined): number | string | null {
  return typeof value === 'number' || typeof value === 'string' ? value : null
}

export function flagOf(value: Json | undefined): boolean | null {
  return value === null || value === undefined ? null : truthy(value)
}

/** What a record has of its own under that name. */
export function memberOf(record: Readonly<Record<string, Json>>, name: string): Json {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null
}
