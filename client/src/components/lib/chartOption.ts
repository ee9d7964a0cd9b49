/** The options of the drawing library for a Chart. */

import type { EChartsCoreOption } from 'echarts/core'
import { textOf } from '../../view/values'
import type { Axis, Kind, Plot, Series } from './chartData'
import { nameFunctionOf } from './chartNames'

/** The colours and the font of the page. */
export interface Theme {
  text: string
  dimmed: string
  line: string
  surface: string
  font: string
  palette: readonly string[]
}

export interface Look {
  kind: Kind
  isStacked: boolean
  xLabel: string
  yLabel: string | null
  /** The selected names of an axis of names; `null`: all. */
  chosen: ReadonlySet<number> | null
  isSelectable: boolean
  isStill: boolean
  /** The width of the chart. */
  widthPx: number
}

/** The number of points above which a change is drawn at once. */
const ANIMATED_POINTS = 2000
const LARGE_POINTS = 3000
const FADED = 0.28
/** The width of the buttons beside the legend. */
const TOOLS_PX = 90
/** The width of what is beside the area of a chart. */
const BESIDE_PX = 80
/** The width of a character, with its share of a gap. */
const CHARACTER_PX = 8
/** The room that a turned name takes; with less than the second, it is steep. */
const TURNED_PX = 16
const STEEP_PX = 26
/** The length at which a turned name is cut off. */
const TURNED_NAME_PX = 90
/** From here on, numbers get separators; years do not. */
const GROUPED_FROM = 10_000

/** The looks of the series after as many as there are colours, which then come again. */
const DASHES = ['solid', 'dashed', 'dotted']
const SYMBOLS = ['circle', 'triangle', 'diamond']

const HEX = /^#[\da-f]{6}$/i

const LIGHT = [
  '#1f7f6c',
  '#d9772b',
  '#4a6fd0',
  '#c24a7a',
  '#8a63d2',
  '#a38a12',
  '#2b93b8',
  '#6b7280',
  '#9c4f2e',
  '#5d8a2e',
  '#b1559e',
  '#3f4f8f',
]
const DARK = [
  '#58b19d',
  '#f0a05f',
  '#8aa6f5',
  '#ec86ad',
  '#b79af0',
  '#d6bf4c',
  '#6cc4e4',
  '#a3aab5',
  '#d48e6c',
  '#9cc56a',
  '#de92cf',
  '#8f9de0',
]

/** Read the colours of the page at an element. */
export function themeOf(element: Element, isDark: boolean): Theme {
  const style = getComputedStyle(element)
  const read = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: read('--mantine-color-text'),
    dimmed: read('--mantine-color-dimmed'),
    line: read('--dara-line'),
    surface: read('--dara-surface'),
    font: style.fontFamily,
    palette: withAccent(isDark ? DARK : LIGHT, read('--dara-primary')),
  }
}

/** Return a palette that begins with the accent of the app. */
function withAccent(palette: readonly string[], accent: string): readonly string[] {
  return HEX.test(accent) ? [accent, ...palette.slice(1)] : palette
}

export function optionOf(plot: Plot, look: Look, theme: Theme): EChartsCoreOption {
  const count = plot.series.reduce((sum, { points }) => sum + points.length / 2, 0)
  const hasLegend = plot.series.length > 1
  return {
    animation: !look.isStill && count <= ANIMATED_POINTS,
    animationDuration: 250,
    animationDurationUpdate: 250,
    useUTC: plot.axis.type !== 'time' || !plot.axis.isZoned,
    color: [...theme.palette],
    textStyle: { fontFamily: theme.font, color: theme.text },
    grid: {
      left: 8,
      right: 20,
      top: hasLegend ? 40 : 16,
      bottom: 0,
      outerBoundsMode: 'same',
      outerBoundsContain: 'all',
    },
    legend: {
      show: hasLegend,
      type: 'scroll',
      top: 0,
      left: 0,
      padding: [5, plot.axis.type === 'category' ? 5 : TOOLS_PX, 5, 5],
      icon: 'roundRect',
      itemWidth: 12,
      itemHeight: 12,
      itemGap: 16,
      textStyle: { color: theme.text, fontSize: 13 },
      pageTextStyle: { color: theme.dimmed },
      pageIconColor: theme.text,
      pageIconInactiveColor: theme.line,
    },
    tooltip: tooltipOf(look.kind, theme),
    xAxis: xAxisOf(plot, look, theme),
    yAxis: yAxisOf(look, theme),
    dataZoom:
      plot.axis.type === 'category'
        ? []
        : [
            {
              type: 'inside',
              zoomOnMouseWheel: 'ctrl',
              moveOnMouseMove: false,
              moveOnMouseWheel: false,
              preventDefaultMouseMove: true,
              filterMode: look.kind === 'scatter' || count > LARGE_POINTS ? 'filter' : 'none',
              throttle: 30,
            },
          ],
    brush: brushOf(theme),
    series: plot.series.map((series, index) => seriesOf(series, index, plot, look, theme)),
  }
}

/** Return a number as text for an axis. */
export function numberText(value: number): string {
  const isSmall = Math.abs(value) < GROUPED_FROM
  return value.toLocaleString(undefined, { useGrouping: !isSmall, maximumSignificantDigits: 6 })
}

function seriesOf({ name, color, points, isBroken }: Series, index: number, plot: Plot, look: Look, theme: Theme) {
  const { kind, isStacked } = look
  const isBar = kind === 'bar' || kind === 'histogram'
  const count = points.length / 2
  const round = Math.floor(color / theme.palette.length)
  const common = {
    id: String(index),
    name,
    color: theme.palette[color % theme.palette.length],
    data: plot.axis.type === 'category' ? namedPoints(points, look.chosen) : points,
    clip: true,
    emphasis: { focus: plot.series.length > 1 && !isBar && kind !== 'scatter' ? 'series' : 'none' },
    ...(kind !== 'scatter' && (isStacked || kind === 'histogram') && { stack: 'all' }),
  }
  if (isBar) {
    const isAlone = plot.series.length === 1 || isStacked
    const radius = isAlone && plot.series.length > 1 ? 0 : 3
    return {
      ...common,
      type: 'bar',
      ...(plot.axis.type === 'category' ? { barMaxWidth: 56 } : { barWidth: plot.binWidth === null ? '85%' : '98%' }),
      itemStyle: { borderRadius: [radius, radius, 0, 0] },
      large: count > LARGE_POINTS,
    }
  }
  if (kind === 'scatter') {
    return {
      ...common,
      type: 'scatter',
      symbol: SYMBOLS[round % SYMBOLS.length],
      symbolSize: count > LARGE_POINTS ? 3 : count > 300 ? 6 : 9,
      large: count > LARGE_POINTS,
      largeThreshold: LARGE_POINTS,
      progressive: 5000,
      itemStyle: {
        opacity: count > LARGE_POINTS ? 0.5 : 0.75,
        borderColor: theme.surface,
        borderWidth: count > LARGE_POINTS ? 0 : 0.5,
      },
    }
  }
  return {
    ...common,
    type: 'line',
    showSymbol: count <= 40,
    symbol: 'circle',
    symbolSize: 6,
    // Both take the points for those of one line.
    ...(isBroken ? { tooltip: { show: false } } : { sampling: 'lttb' }),
    lineStyle: { width: 2, type: DASHES[round % DASHES.length] },
    ...(kind === 'area' && { areaStyle: { opacity: isStacked ? 0.55 : 0.18 } }),
  }
}

/** Return the values at each name; names that are not chosen are faded. */
function namedPoints(points: Float64Array, chosen: ReadonlySet<number> | null) {
  return pairsOf(points).map(([x, y]) => ({
    value: [x, y],
    ...(chosen && !chosen.has(x) && { itemStyle: { opacity: FADED } }),
  }))
}

function pairsOf(points: Float64Array): [number, number][] {
  return Array.from({ length: points.length / 2 }, (_, index) => [points[2 * index] ?? 0, points[2 * index + 1] ?? 0])
}

function xAxisOf(plot: Plot, look: Look, theme: Theme) {
  const { axis } = plot
  const isBar = look.kind === 'bar' || look.kind === 'histogram'
  const names = axis.type === 'category' ? axis.names.map(nameFunctionOf(axis.names)) : []
  return {
    ...axisStyle(theme),
    ...nameOf(look.xLabel, theme, 'x'),
    type: axis.type,
    scale: true,
    splitLine: { show: look.kind === 'scatter', lineStyle: { color: theme.line } },
    axisLine: { show: true, lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.dimmed,
      hideOverlap: true,
      ...(axis.type === 'category' ? placeOf(names, look.widthPx) : labelsOf(axis, isBar)),
    },
    axisPointer: {
      label: { ...(axis.type === 'value' && { formatter: ({ value }: { value: number }) => numberText(value) }) },
    },
    ...(axis.type === 'category' && { data: names, boundaryGap: isBar }),
    ...(axis.type !== 'category' && isBar && endsOf(plot)),
  }
}

function labelsOf(axis: Axis, isBar: boolean): object {
  // The ends of the axis are those of bars, and no round numbers.
  const ends = isBar && { showMinLabel: false, showMaxLabel: false }
  return { ...ends, ...(axis.type === 'value' && { formatter: numberText }) }
}

/** Return how names are placed: all of them while there is room, turned if they are too long to stand side by side. */
function placeOf(names: readonly string[], widthPx: number): object {
  const room = (widthPx - BESIDE_PX) / Math.max(1, names.length)
  const longest = Math.max(...names.map(({ length }) => length)) * CHARACTER_PX
  if (room < TURNED_PX) return { interval: 'auto', rotate: 0 }
  const rotate = longest <= room ? 0 : room < STEEP_PX ? 60 : 35
  return { interval: 0, rotate, width: Math.max(room, TURNED_NAME_PX), overflow: 'truncate' }
}

interface Ends {
  min: number
  max: number
}

/** Return the ends of an axis of numbers, half a bar beyond the first and the last one. */
function endsOf({ series, binWidth }: Plot) {
  const count = Math.max(2, ...series.map(({ points }) => points.length / 2))
  const half = ({ min, max }: Ends) => (binWidth ?? (max - min) / (count - 1)) / 2
  return { min: (ends: Ends) => ends.min - half(ends), max: (ends: Ends) => ends.max + half(ends) }
}

function yAxisOf(look: Look, theme: Theme) {
  return {
    ...axisStyle(theme),
    ...(look.yLabel !== null && nameOf(look.yLabel, theme, 'y')),
    type: 'value',
    scale: look.kind === 'line' || look.kind === 'scatter',
    splitLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.dimmed, formatter: numberText },
  }
}

function axisStyle(theme: Theme) {
  return { axisLine: { show: false }, axisTick: { show: false }, nameTextStyle: { color: theme.dimmed } }
}

function nameOf(name: string, theme: Theme, axis: 'x' | 'y') {
  return {
    name,
    nameLocation: 'middle',
    nameGap: axis === 'x' ? 26 : 44,
    nameTextStyle: { color: theme.dimmed, fontSize: 12 },
  }
}

function tooltipOf(kind: Kind, theme: Theme) {
  return {
    trigger: kind === 'scatter' ? 'item' : 'axis',
    // Drawn in the canvas: the page's security policy allows no HTML with styles.
    renderMode: 'richText',
    confine: true,
    backgroundColor: theme.surface,
    borderColor: theme.line,
    borderWidth: 1,
    padding: [8, 12],
    textStyle: { color: theme.text, fontSize: 13, fontFamily: theme.font },
    axisPointer: {
      type: kind === 'bar' || kind === 'histogram' ? 'shadow' : 'line',
      lineStyle: { color: theme.dimmed, type: 'dashed' },
      shadowStyle: { color: theme.dimmed, opacity: 0.08 },
    },
    valueFormatter: (value: unknown) =>
      typeof value === 'number'
        ? value.toLocaleString(undefined, { maximumSignificantDigits: 8 })
        : textOf(value as never),
  }
}

function brushOf(theme: Theme) {
  const [color] = theme.palette
  return {
    xAxisIndex: 0,
    yAxisIndex: 0,
    toolbox: [],
    transformable: true,
    throttleType: 'debounce',
    throttleDelay: 100,
    removeOnClick: true,
    brushStyle: { color: `${color}1f`, borderColor: color, borderWidth: 1 },
    outOfBrush: { colorAlpha: FADED },
  }
}
