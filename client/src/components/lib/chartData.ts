/** The data of a Chart: records or columns, grouped into the series to draw. No React, no drawing library. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { memberOf, numberOf, textOf } from '../../view/values'
import { binWidthOf, DAY_MS } from './chartBins'

export type Kind = 'line' | 'bar' | 'area' | 'scatter' | 'histogram'
export type Aggregate = 'sum' | 'mean' | 'min' | 'max' | 'count'

/** The horizontal axis: of numbers, of milliseconds since 1970, or of names. */
export type Axis =
  | { type: 'value' }
  | { type: 'time'; isZoned: boolean; isDaily: boolean }
  | { type: 'category'; names: Json[] }

/** Points as pairs of coordinates, one after the other; NaN where a value is missing. */
export interface Series {
  name: string
  /** The index of its colour, which it keeps when others come and go. */
  color: number
  points: Float64Array
  /** It has several lines, one after the other, with a gap after each. */
  isBroken: boolean
}

export interface Plot {
  axis: Axis
  series: Series[]
  /** The width of the bars of a histogram. */
  binWidth: number | null
  /** The number of rows that are not drawn, because they have no `x`. */
  missing: number
}

export interface Columns {
  names: string[]
  length: number
  get: (name: string) => readonly Json[]
  /** The server has combined the rows with the same `x`, and counted those of a histogram. */
  isCombined: boolean
  binWidth: number | null
  /** The numbers of rows that are drawn, and of all; `null` if all are drawn. */
  sample: { drawn: number; rows: number } | null
  /** The number of rows that the server has left out because they have no `x`. */
  missing: number
}

export interface Declaration {
  kind: Kind
  x: string
  y: string[] | null
  color: string | null
  aggregate: Aggregate | null
  isStacked: boolean
  bins: number | null
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const ZONED = /T.*(Z|[+-]\d\d:?\d\d)$/
const DAY_CHARACTERS = 10
/** The digits of a number that floating point arithmetic leaves intact. */
const PRECISION = 12
/** The least number of steps into which a selected range is divided. */
const STEPS = 100
/** The most bars that have a name each; more are bars along an axis of numbers. */
const MAX_NAMED_BARS = 100
/** The most series that `color` makes. The values after them share one. */
const MAX_COLORS = 12

const PLAIN = { isCombined: false, binWidth: null, sample: null, missing: 0 }
/** The name of a series of counted rows. */
const COUNT = 'count'
/** The column with the numbers of rows that the server has counted. */
const COUNTED = '__dara_count__'

/** Read records, columns of equal length, or the columns that the server has made; anything else is empty. */
export function columnsOf(data: Json): Columns {
  if (Array.isArray(data)) return ofRecords(data.filter(isObject))
  if (!isObject(data) || !isObject(data.columns)) return { ...PLAIN, ...ofLists(data) }
  const { columns, combined, binWidth, drawn, rows, missing } = data
  return {
    ...ofLists(columns),
    isCombined: combined === true,
    binWidth: numberOf(binWidth),
    sample: typeof drawn === 'number' && typeof rows === 'number' ? { drawn, rows } : null,
    missing: numberOf(missing) ?? 0,
  }
}

function ofRecords(rows: readonly Record<string, Json>[]): Columns {
  const read = new Map<string, Json[]>()
  const get = (name: string) => {
    const column = read.get(name) ?? rows.map((row) => memberOf(row, name))
    read.set(name, column)
    return column
  }
  return { ...PLAIN, names: [...new Set(rows.flatMap((row) => Object.keys(row)))], length: rows.length, get }
}

function ofLists(data: Json) {
  const members = isObject(data) ? Object.entries(data) : []
  const columns = new Map(members.flatMap(([name, list]) => (Array.isArray(list) ? [[name, list] as const] : [])))
  const length = Math.max(0, ...[...columns.values()].map((list) => list.length))
  return { names: [...columns.keys()], length, get: (name: string) => columns.get(name) ?? [] }
}

/** The names that a chart has shown, which keep their order and their colours when others come and go. */
export class Names {
  readonly #ranks = new Map<Json, number>()

  /** Return the rank of a name, a new one after all others. */
  rankOf(name: Json): number {
    const rank = this.#ranks.get(name) ?? this.#ranks.size
    this.#ranks.set(name, rank)
    return rank
  }

  /** Return the different names of a list, in the order in which they were first shown. */
  sorted(names: readonly Json[]): Json[] {
    return [...new Set(names)]
      .map((name) => [this.rankOf(name), name] as const)
      .sort(([a], [b]) => a - b)
      .map(([, name]) => name)
  }
}

/** Group the data into series. `shown` is kept for the next data of the same chart. */
export function plotOf(
  columns: Columns,
  declaration: Declaration,
  other: string,
  shown: { x: Names; color: Names },
): Plot {
  const xs = columns.get(declaration.x)
  const axis = axisOf(xs, declaration.kind, shown.x)
  const groups = groupsOf(columns, declaration, other)
    .map((group) => ({ ...group, color: shown.color.rankOf(group.name) }))
    .sort((a, b) => a.color - b.color)
  const missing = missingIn(xs, axis, columns)
  if (declaration.kind === 'histogram' && !columns.isCombined) {
    const bars = axis.type === 'category' ? countsOf(axis, xs, groups) : histogramOf(axis, xs, groups, declaration.bins)
    return { axis, missing, ...bars }
  }
  const place = placerOf(axis)
  const isLine = declaration.kind === 'line' || declaration.kind === 'area'
  const series = groups.map(({ name, color, values, parts }) => {
    const aggregate = values === null ? 'sum' : aggregateOf(parts, declaration, columns)
    // The mean of means is that of their rows if each counts as often as it has rows.
    const weights = columns.isCombined && aggregate === 'mean' ? columns.get(COUNTED) : null
    const isBroken = isLine && aggregate === null && parts.length > 1
    const drawn = (isBroken ? parts : [parts.flat()]).map((rows) => {
      const pairs = rows.map((row): Pair => [place(xs[row] ?? null), values === null ? 1 : asNumber(values[row])])
      const combined = weights
        ? meansOf(pairs, (at) => asNumber(weights[rows[at] as number]))
        : aggregated(pairs, aggregate)
      const known = combined.filter(([x]) => !Number.isNaN(x))
      return declaration.kind === 'scatter' ? known : known.sort(([a], [b]) => a - b)
    })
    return { name, color, points: flat(isBroken ? drawn.flatMap(withGap) : drawn.flat()), isBroken }
  })
  return { axis, missing, series, binWidth: columns.binWidth }
}

/** Return how the rows of a series with the same `x` are combined. Those of several colours are one bar, or one layer. */
function aggregateOf(parts: number[][], declaration: Declaration, columns: Columns): Aggregate | null {
  const { kind, aggregate, isStacked } = declaration
  if (!columns.isCombined && aggregate !== null) return aggregate
  if (parts.length === 1) return null
  const isSum = isStacked || kind === 'histogram' || aggregate === 'count' || (kind === 'bar' && aggregate === null)
  return isSum ? 'sum' : aggregate
}

/** Return the points of a line, and one without a value at its end. */
function withGap(line: Pair[]): Pair[] {
  const last = line.at(-1)
  return last ? [...line, [last[0], Number.NaN]] : []
}

/** Return the number of rows that are not drawn, because they have no `x`. An axis of names has a place for them. */
function missingIn(xs: readonly Json[], axis: Axis, columns: Columns): number {
  if (axis.type === 'category') return 0
  if (columns.isCombined) return columns.missing
  const place = placerOf(axis)
  return columns.missing + xs.filter((x) => Number.isNaN(place(x))).length
}

/** Return the least and the greatest coordinate of what is drawn: `0` of the horizontal axis, `1` of the vertical one. */
export function extentOf({ series, binWidth }: Plot, dimension: 0 | 1): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { points } of series)
    for (let at = dimension; at < points.length; at += 2) {
      const value = points[at] as number
      if (value < low) low = value
      if (value > high) high = value
    }
  const half = dimension === 0 ? (binWidth ?? 0) / 2 : 0
  return low > high ? [0, 1] : [low - half, high + half]
}

/** Return a value of the horizontal axis as the coordinate at which it is drawn. */
export function placerOf(axis: Axis): (value: Json) => number {
  if (axis.type === 'value') return asNumber
  if (axis.type === 'time') return (value) => (typeof value === 'string' ? momentOf(value) : Number.NaN)
  const places = new Map(axis.names.map((name, index) => [name, index]))
  return (value) => places.get(value) ?? Number.NaN
}

/** Return the value at a coordinate of an axis of numbers or moments, as the data writes it. */
export function valueAt(axis: Axis, coordinate: number): Json {
  if (axis.type !== 'time') return Number(coordinate.toPrecision(PRECISION))
  const text = new Date(Math.round(coordinate)).toISOString().replace('.000', '')
  if (axis.isDaily) return text.slice(0, DAY_CHARACTERS)
  return axis.isZoned ? text : text.slice(0, -1)
}

/** Return the distance to which the ends of a range of an axis are rounded. */
export function roundingOf(axis: Axis, span: number): number {
  if (axis.type !== 'time') return 10 ** Math.floor(Math.log10(span / STEPS))
  if (axis.isDaily) return DAY_MS
  return [DAY_MS, 3_600_000, 60_000, 1000].find((unit) => unit <= span / STEPS) ?? 1
}

/** Return the milliseconds of ISO text; a moment without a time zone counts as one of UTC. */
function momentOf(text: string): number {
  return Date.parse(text.length > DAY_CHARACTERS && !ZONED.test(text) ? `${text}Z` : text)
}

function axisOf(xs: readonly Json[], kind: Kind, shown: Names): Axis {
  const known = xs.filter((x) => x !== null)
  const type =
    known.length === 0
      ? 'category'
      : known.every((x) => typeof x === 'number')
        ? 'value'
        : known.every(isMoment)
          ? 'time'
          : 'category'
  const rest = known.length < xs.length ? [null] : []
  if (type === 'category') return { type, names: [...shown.sorted(known), ...rest] }
  const axis: Axis =
    type === 'time'
      ? {
          type,
          isZoned: known.some((x) => ZONED.test(x as string)),
          isDaily: known.every((x) => (x as string).length === DAY_CHARACTERS),
        }
      : { type }
  if (kind !== 'bar') return axis
  const names = [...new Set(known)]
  if (names.length > MAX_NAMED_BARS) return axis
  const place = placerOf(axis)
  return { type: 'category', names: [...names.sort((a, b) => place(a) - place(b)), ...rest] }
}

interface Group {
  name: string
  /** `null` counts the rows. */
  values: readonly Json[] | null
  /** The rows of each of its colours: of one, except in the series of those that share one. */
  parts: number[][]
}

type ColoredGroup = Group & { color: number }

function groupsOf(columns: Columns, { kind, x, y, color, aggregate }: Declaration, other: string): Group[] {
  const all = Array.from({ length: columns.length }, (_, row) => row)
  const isCount = kind === 'histogram' || (aggregate === 'count' && y === null)
  const numeric = () =>
    columns.names.filter(
      (name) => ![x, color, COUNTED].includes(name) && columns.get(name).some((value) => typeof value === 'number'),
    )
  const counted = columns.isCombined ? COUNTED : null
  const measured = isCount ? [counted] : (y ?? (color === null ? numeric() : numeric().slice(0, 1)))
  if (color === null)
    return measured.map((name) => ({
      name: name === null || name === COUNTED ? COUNT : name,
      values: name === null ? null : columns.get(name),
      parts: [all],
    }))
  const values = measured[0] == null ? null : columns.get(measured[0])
  return [...byColor(columns.get(color), all, other)].map(([name, parts]) => ({ name, values, parts }))
}

/** Return the rows of each colour, the most frequent ones first if there are too many. */
function byColor(colors: readonly Json[], rows: number[], other: string): Map<string, number[][]> {
  const groups = new Map<string, number[]>()
  for (const row of rows) {
    const name = textOf(colors[row]) || '–'
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  const sorted = [...groups]
  if (groups.size > MAX_COLORS) sorted.sort(([, a], [, b]) => b.length - a.length)
  const rest = groups.size > MAX_COLORS ? sorted.splice(MAX_COLORS - 1).map(([, group]) => group) : []
  const parts = new Map(sorted.map(([name, group]) => [name, [group]]))
  return rest.length > 0 ? parts.set(other, rest) : parts
}

type Pair = [number, number]

/** Combine the pairs with the same `x`. */
function aggregated(pairs: Pair[], aggregate: Aggregate | null): Pair[] {
  if (aggregate === null) return pairs
  const byX = new Map<number, number[]>()
  for (const [x, y] of pairs) {
    if (aggregate !== 'count' && Number.isNaN(y)) continue
    const ys = byX.get(x)
    if (ys) ys.push(y)
    else byX.set(x, [y])
  }
  return [...byX].map(([x, ys]) => [x, combine(ys, aggregate)])
}

/** Return the mean of the pairs with the same `x`, each of which is the mean of some rows. */
function meansOf(pairs: Pair[], rowsOf: (at: number) => number): Pair[] {
  const sums = new Map<number, [sum: number, rows: number]>()
  for (const [at, [x, y]] of pairs.entries()) {
    if (Number.isNaN(y)) continue
    const [sum, rows] = sums.get(x) ?? [0, 0]
    sums.set(x, [sum + y * rowsOf(at), rows + rowsOf(at)])
  }
  return [...sums].map(([x, [sum, rows]]) => [x, sum / rows])
}

function combine(ys: number[], aggregate: Aggregate): number {
  if (aggregate === 'count') return ys.length
  if (aggregate === 'min' || aggregate === 'max') return ys.reduce((a, b) => Math[aggregate](a, b))
  const sum = ys.reduce((a, b) => a + b)
  return aggregate === 'mean' ? sum / ys.length : sum
}

type Bars = Pick<Plot, 'series' | 'binWidth'>

function countsOf(axis: Axis, xs: readonly Json[], groups: ColoredGroup[]): Bars {
  const place = placerOf(axis)
  const series = groups.map(({ name, color, parts }) => {
    const pairs = aggregated(
      parts.flat().map((row): Pair => [place(xs[row] ?? null), 1]),
      'sum',
    )
    const known = pairs.filter(([x]) => !Number.isNaN(x)).sort(([a], [b]) => a - b)
    return { name, color, points: flat(known), isBroken: false }
  })
  return { series, binWidth: null }
}

/** Count the values in bins of equal width, whose edges are round numbers. */
function histogramOf(axis: Axis, xs: readonly Json[], groups: ColoredGroup[], wanted: number | null): Bars {
  const place = placerOf(axis)
  const places = xs.map((x) => place(x))
  const known = places.filter((x) => !Number.isNaN(x))
  const low = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const width = binWidthOf(low, high, wanted ?? 2 * Math.ceil(Math.cbrt(known.length)), axis.type === 'time')
  const first = Math.floor(low / width)
  const series = groups.map(({ name, color, parts }) => {
    const counts = new Map<number, number>()
    for (const row of parts.flat()) {
      const x = places[row] ?? Number.NaN
      if (Number.isNaN(x)) continue
      const bin = Math.floor(x / width)
      counts.set(bin, (counts.get(bin) ?? 0) + 1)
    }
    const bins =
      known.length === 0
        ? []
        : Array.from({ length: Math.floor(high / width) - first + 1 }, (_, index) => first + index)
    const points = flat(bins.map((bin) => [(bin + 0.5) * width, counts.get(bin) ?? 0]))
    return { name, color, points, isBroken: false }
  })
  return { series, binWidth: width }
}

function flat(pairs: readonly Pair[]): Float64Array {
  const points = new Float64Array(pairs.length * 2)
  pairs.forEach(([x, y], index) => {
    points[2 * index] = x
    points[2 * index + 1] = y
  })
  return points
}

function asNumber(value: Json | undefined): number {
  return typeof value === 'number' ? value : Number.NaN
}

function isMoment(value: Json): boolean {
  return typeof value === 'string' && ISO.test(value)
}
