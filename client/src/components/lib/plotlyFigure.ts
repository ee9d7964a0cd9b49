/** Figures of plotly: how the page draws them, and what their events say. */

import type { Json } from '../../protocol'
import { toJson } from './eventValues'
import type { FigureJson } from './figure'

type Traces = Record<string, Json>[]

/** The selected points of each trace, by index, the areas that select them, and the ids of the points that have some. */
export interface Selection {
  points: Json
  areas: Json
  ids?: Json
}

/** The element in which plotly draws. */
export interface Plot extends HTMLDivElement {
  data: Traces
  /** The traces as they are drawn, with their values decoded. */
  _fullData?: Traces
  layout: Record<string, Json>
  on(event: string, listener: (data: unknown) => void): void
  removeListener(event: string, listener: (data: unknown) => void): void
}

/** The part of plotly.js that is used here. */
export interface PlotlyJs {
  react(plot: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>
  update(plot: HTMLElement, trace: unknown, layout: unknown): Promise<unknown>
  redraw(plot: HTMLElement): Promise<unknown>
  purge(plot: HTMLElement): void
  Plots: { resize(plot: HTMLElement): Promise<unknown> }
}

/** The functions for figures with many points. */
export type ForMany = typeof import('./manyPoints')

declare global {
  var Plotly: PlotlyJs
}

/** The colours of the default template of plotly for Python, which plotly.express writes into its traces. */
const DEFAULT_COLORS = [
  '#636efa',
  '#EF553B',
  '#00cc96',
  '#ab63fa',
  '#FFA15A',
  '#19d3f3',
  '#FF6692',
  '#B6E880',
  '#FF97FF',
  '#FECB52',
]
/** Members of a trace that hold its colours. */
const COLORED = ['line', 'marker', 'fillcolor', 'color']

export const CONFIG = {
  responsive: false,
  displaylogo: false,
  // Nothing leaves the app.
  showSendToCloud: false,
  plotlyServerURL: '',
  // The page's policy allows no images of blobs, which the other formats need.
  toImageButtonOptions: { format: 'svg' },
}

/**
 * Return the data and the layout that plotly draws, as copies that it may change. Zoom and the like are kept from one
 * figure to the next.
 */
export function drawn(
  figure: FigureJson,
  theme: Json,
  selection: Selection | null,
  isSelectable: boolean,
  forMany: ForMany | null = null,
) {
  const given = isObject(figure.layout) ? (copy(figure.layout, null) as Record<string, Json>) : {}
  const hasTemplate = given.template !== undefined && given.template !== null
  const traces = Array.isArray(figure.data) ? figure.data.filter(isObject) : []
  const template = hasTemplate ? (given.template as Json) : theme
  const layout: Record<string, Json> = {
    autosize: true,
    uirevision: 'dara',
    ...(isSelectable && { dragmode: 'select' }),
    ...given,
    ...(isSelectable && { clickmode: clickModeOf(given) }),
    template: forMany ? forMany.templateForMany(template, given) : template,
  }
  const colors = hasTemplate ? null : colorwayOf(theme)
  const data = traces.map((trace) => recolored(copy(trace, forMany) as Record<string, Json>, colors))
  if (isSelectable) {
    const points = pointsOf(selection, data)
    data.forEach((trace, index) => {
      trace.selectedpoints = points[index] as Json
    })
    layout.selections = selection?.areas ?? []
  }
  return { data, layout }
}

/** Return the height that a figure gives itself, in pixels. */
export function heightOf({ layout }: FigureJson): number | undefined {
  return isObject(layout) && typeof layout.height === 'number' ? layout.height : undefined
}

/** Return what a click does in a figure with a selection. plotly tells of no selection without `event`. */
function clickModeOf({ clickmode }: Record<string, Json>): Json {
  return clickmode === undefined || clickmode === null || clickmode === 'select' ? 'event+select' : clickmode
}

/**
 * Return the selection that a plot shows, as a copy, because plotly changes its own in place; `null` for none, also if
 * areas hold no point. Areas alone are a selection in traces without points that can be selected, such as a heatmap.
 */
export function selectionOf(plot: Plot): Selection | null {
  const areas = areasOf(plot)
  const points = plot.data.map(({ selectedpoints }) => (Array.isArray(selectedpoints) ? [...selectedpoints] : []))
  const canHavePoints = plot.data.some(({ selectedpoints }) => Array.isArray(selectedpoints))
  if (!hasPoints(points) && (areas.length === 0 || canHavePoints)) return null
  const ids = tracesOf(plot).map((trace, index) => {
    const own = idsOf(trace)
    return (points[index] ?? []).flatMap((at) => own?.[Number(at)] ?? [])
  })
  return { points, areas, ...(hasPoints(ids) && { ids }) }
}

/** Return the traces of a plot, with their values decoded. */
export function tracesOf({ _fullData, data }: Plot): Traces {
  return _fullData ?? data
}

/** Return the areas that a plot shows. */
export function areasOf({ layout }: Plot): Json[] {
  return ((layout.selections ?? []) as Record<string, Json>[]).map(withoutLook)
}

/** Return whether points are selected. */
export function hasPoints(points: Json): boolean {
  return Array.isArray(points) && points.some((each) => Array.isArray(each) && each.length > 0)
}

/** Return an area without its look, which each user's page has of its own. */
function withoutLook(area: Record<string, Json>): Json {
  return Object.fromEntries(Object.entries(area).filter(([name]) => name !== 'line' && name !== 'opacity'))
}

/** Return the value of a variable as a selection that plotly may change; `null` for none, and for any other value. */
export function asSelection(value: Json): Selection | null {
  if (!isObject(value) || !Array.isArray(value.points)) return null
  const { points, areas, ids } = structuredClone(value)
  return { points: points as Json, areas: Array.isArray(areas) ? areas : [], ...(Array.isArray(ids) && { ids }) }
}

/** Return the selected points of traces, as plotly takes them: `null` dims none of the others. */
export function pointsOf(selection: Selection | null, traces: Traces): Json[] {
  return selection && hasPoints(selection.points) ? indexesOf(selection, traces) : traces.map(() => null)
}

/**
 * Return the indexes of the selected points of each trace: by their ids, or without ids as they were. What is no longer in
 * its trace is looked for in the others, because a filter may have left out a whole trace.
 */
export function indexesOf({ points, ids = [] }: Selection, traces: Traces): Json[] {
  const wanted = (ids as Json[]).map((each) => (Array.isArray(each) ? each : []))
  const places = traces.map((trace) => {
    const own = wanted.length > 0 ? idsOf(trace) : null
    return own && new Map(own.map((id, at) => [id, at]))
  })
  const lost = wanted.flatMap((each, index) => each.filter((id) => !places[index]?.has(id)))
  return places.map((own, index) => {
    if (!own) return (points as Json[])[index] ?? []
    return [...new Set([...(wanted[index] ?? []), ...lost])].flatMap((id) => own.get(id) ?? [])
  })
}

/** Return the ids of the points of a trace: its `ids`, or the first of each of its `customdata`, if all are different. */
function idsOf({ visible, ids, customdata }: Record<string, Json>): Json[] | null {
  if (visible === false) return [] // also of a trace without points
  const list = ids ?? customdata
  if (!isList(list)) return null
  const own = Array.from(list, (each) => (isList(each) ? (each[0] as Json) : each))
  const areNames = own.every((each) => typeof each === 'string' || typeof each === 'number')
  return areNames && new Set(own).size === own.length ? own : null
}

function isList(value: Json | undefined): value is Json[] {
  return Array.isArray(value) || ArrayBuffer.isView(value)
}

/** Return what an event says as JSON: the list of its points, or of another event all that it has. */
export function inputOf(data: unknown): Json {
  const points = (data as { points?: unknown } | undefined)?.points
  return toJson(Array.isArray(points) ? points : data)
}

function colorwayOf(theme: Json): Json[] | null {
  const layout = isObject(theme) ? theme.layout : null
  const colorway = isObject(layout) ? layout.colorway : null
  return Array.isArray(colorway) && colorway.length > 0 ? colorway : null
}

/** Give a trace the colours of the page in place of those of the default template. */
function recolored(trace: Record<string, Json>, colors: Json[] | null): Record<string, Json> {
  if (!colors) return trace
  for (const name of COLORED) {
    const value = trace[name]
    if (isObject(value)) recolored(value, colors)
    const index = typeof value === 'string' ? DEFAULT_COLORS.indexOf(value) : -1
    if (index >= 0) trace[name] = colors[index % colors.length] as Json
  }
  return trace
}

/** Copy a value of a figure; long lists of numbers and texts are shared, because plotly does not change those. */
function copy(value: Json, forMany: ForMany | null): Json {
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map((each) => copy(each, forMany)) : value
  if (!isObject(value)) return value
  const numbers = forMany?.typedArrayOf(value)
  if (numbers) return numbers as unknown as Json
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copy(each, forMany)]))
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
