/** The values of the events of charts, as the actions of the app get them. */

import type { Json } from '../../protocol'

/** Members of a point that lead to all of its figure. */
const HEAVY = new Set(['data', 'fullData', 'xaxis', 'yaxis', 'zaxis', 'event', 'node', 'subplot'])
const MAX_DEPTH = 6

/** Return a value of a library as JSON, without functions, elements and what leads to the whole figure. */
export function toJson(value: unknown, depth = 0): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || value instanceof EventTarget) return null
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (each) => toJson(each))
  if (Array.isArray(value)) return value.map((each) => toJson(each, depth + 1))
  const kept = Object.entries(value).filter(
    ([name, each]) => !HEAVY.has(name) && !name.startsWith('_') && typeof each !== 'function',
  )
  return Object.fromEntries(kept.map(([name, each]) => [name, toJson(each, depth + 1)]))
}
