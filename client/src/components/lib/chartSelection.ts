/** The selection of charts: an object with a range, or a list of names, for each column that is selected in. */

import { isObject } from '../../edits/apply'
import type { Json, Ops } from '../../protocol'
import { textOf } from '../../view/values'
import { type Axis, placerOf, roundingOf, valueAt } from './chartData'
import { nameFunctionOf } from './chartNames'
import { numberText } from './chartOption'

/** A range; without one of its ends, everything below or above the other. */
export type Range = { from?: Json; to?: Json }
/** The share of the drawn coordinates as which a range is drawn if it is smaller, such as one point. */
const LEAST_SHARE = 0.005

export type Chosen = Range | Json[]
export type Selection = Record<string, Chosen>
/** Changes of a selection by column; `null` removes one. */
export type Changes = Record<string, Chosen | null>

/** A column in which a chart selects, and its axis. */
export interface Dimension {
  column: string
  axis: Axis
}

/** Read the value of a variable as a selection. */
export function selectionOf(value: Json): Selection {
  const members = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    members.flatMap(([column, chosen]) => (isChosen(chosen) ? [[column, chosen] as const] : [])),
  )
}

/** Return the ops that change a selection, which others may change at the same time. */
export function changingOps(present: Json, changes: Changes): Ops {
  if (!isObject(present)) {
    const chosen = Object.entries(changes).filter(([, each]) => each !== null)
    return chosen.length === 0 ? [] : [{ op: 'replace', path: [], value: Object.fromEntries(chosen) as Json }]
  }
  return Object.entries(changes).flatMap(([column, chosen]): Ops => {
    const isThere = Object.hasOwn(present, column)
    if (chosen === null) return isThere ? [{ op: 'remove', path: [column] }] : []
    return [{ op: isThere ? 'replace' : 'add', path: [column], value: chosen }]
  })
}

/** Return the indexes of the selected names of an axis; `null` if none is selected, which means all. */
export function chosenOf(axis: Axis, chosen: Chosen | undefined): ReadonlySet<number> | null {
  if (axis.type !== 'category' || !Array.isArray(chosen) || chosen.length === 0) return null
  return new Set(axis.names.flatMap((name, index) => (chosen.includes(name) ? [index] : [])))
}

/** Return the list with a name added, or removed if it is there; `null` for an empty one. */
export function toggled(chosen: Chosen | undefined, name: Json): Json[] | null {
  const names = Array.isArray(chosen) ? chosen : []
  const next = names.includes(name) ? names.filter((each) => each !== name) : [...names, name]
  return next.length === 0 ? null : next
}

/** Return the range between two coordinates of an axis, rounded inwards. */
export function rangeOf(axis: Axis, [from, to]: readonly [number, number]): Range {
  const step = roundingOf(axis, to - from)
  return { from: valueAt(axis, Math.ceil(from / step) * step), to: valueAt(axis, Math.floor(to / step) * step) }
}

/**
 * Return the brush that shows the selected ranges of a chart's columns; `null` if nothing is selected in them.
 * `extents`: the least and the greatest drawn coordinate of each column.
 */
export function brushOf(
  selection: Selection,
  dimensions: readonly Dimension[],
  extents: readonly (readonly [number, number])[],
): object | null {
  const [x, y] = dimensions.map(({ column, axis }, index) =>
    coordinatesOf(axis, selection[column], extents[index] ?? [0, 1]),
  )
  const place = { xAxisIndex: 0, yAxisIndex: 0 }
  if (x && y) return { brushType: 'rect', coordRange: [x, y], ...place }
  if (x) return { brushType: 'lineX', coordRange: x, xAxisIndex: 0 }
  return y ? { brushType: 'lineY', coordRange: y, yAxisIndex: 0 } : null
}

/** Return what is selected in a chart's columns, as text for people. */
export function describe(selection: Selection, dimensions: readonly Dimension[]): { column: string; text: string }[] {
  return dimensions.flatMap(({ column, axis }) => {
    const chosen = selection[column]
    if (chosen === undefined) return []
    const text = Array.isArray(chosen)
      ? chosen.map(nameFunctionOf(axis.type === 'category' ? axis.names : chosen)).join(', ')
      : rangeText(chosen)
    return [{ column, text }]
  })
}

function rangeText({ from = null, to = null }: Range): string {
  if (from === null) return `≤ ${endText(to)}`
  if (to === null) return `≥ ${endText(from)}`
  return from === to ? endText(from) : `${endText(from)} – ${endText(to)}`
}

function endText(end: Json): string {
  if (typeof end === 'number') return numberText(end)
  return textOf(end)
    .replace(/T00:00:00Z?$/, '')
    .replace('T', ' ')
}

/** Return the ends of a range where it is drawn: at least as wide as can be seen, and up to the edge if it has no end. */
function coordinatesOf(
  axis: Axis,
  chosen: Chosen | undefined,
  [low, high]: readonly [number, number],
): [number, number] | null {
  if (chosen === undefined || Array.isArray(chosen) || axis.type === 'category') return null
  const place = placerOf(axis)
  const { from = null, to = null } = chosen
  const start = from === null ? Math.min(low, place(to)) : place(from)
  const end = to === null ? Math.max(high, start) : place(to)
  if (Number.isNaN(start) || Number.isNaN(end)) return null
  const least = (high - low) * LEAST_SHARE || LEAST_SHARE
  const missing = Math.max(0, least - Math.abs(end - start)) / 2
  return [start - missing, end + missing]
}

function isChosen(value: Json): value is Chosen {
  return Array.isArray(value) || (isObject(value) && (value.from != null || value.to != null))
}
