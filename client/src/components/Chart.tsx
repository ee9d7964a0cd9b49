import './Chart.css'
import { useComputedColorScheme } from '@mantine/core'
import { useReducedMotion } from '@mantine/hooks'
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import {
  BrushComponent,
  DataZoomInsideComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
} from 'echarts/components'
import { type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Node } from '../fragments'
import { CHART } from '../messages/chart'
import { IconButton } from '../view/iconButton'
import {
  type ComponentProps,
  useAction,
  useFlag,
  useNumber,
  useProp,
  useReadonly,
  useSource,
  useString,
  useText,
} from '../view/react'
import { useStyle } from '../view/style'
import { stringOf } from '../view/values'
import {
  type Aggregate,
  type Axis,
  type Columns,
  columnsOf,
  type Declaration,
  extentOf,
  type Kind,
  Names,
  type Plot,
  plotOf,
  valueAt,
} from './lib/chartData'
import { optionOf, themeOf } from './lib/chartOption'
import {
  brushOf,
  type Changes,
  changingOps,
  chosenOf,
  type Dimension,
  describe,
  rangeOf,
  type Selection,
  selectionOf,
  toggled,
} from './lib/chartSelection'

use([
  LineChart,
  BarChart,
  ScatterChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  DataZoomInsideComponent,
  BrushComponent,
  CanvasRenderer,
])

const ZOOM_IN = 'M10 4v12M4 10h12'
const ZOOM_OUT = 'M4 10h12'
const RESET = 'M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4'
const CLOSE = 'M5 5l10 10M15 5L5 15'
/** The share of the visible range by which a step of zooming changes it. */
const ZOOM_STEP = 0.25
/** The farthest that the pointer moves during a click. */
const CLICK_PX = 4
/** The change of a chart's width after which the names on its axis are placed anew. */
const STEP_PX = 20

export default function Chart({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const declaration = useDeclaration(node)
  const data = useProp(node, 'data')
  const columns = useMemo(() => columnsOf(data), [data])
  const shown = useMemo(() => ({ x: new Names(), color: new Names() }), [])
  const plot = useMemo(() => plotOf(columns, declaration, CHART.other, shown), [columns, declaration, shown])
  const canvas = useRef<HTMLDivElement>(null)
  const [chart, widthPx] = useEChart(canvas, node.variables.selection !== undefined)
  const selection = useSelection(node, plot.axis, declaration)
  useOption(chart, node, plot, declaration, selection, plot.axis.type === 'category' ? widthPx : null)
  useBrush(chart, plot, selection)
  useClick(chart, node, plot, declaration, selection)
  const isZoomable = plot.axis.type !== 'category'
  const name = useText(node, 'label') ?? CHART.name(declaration.x, (declaration.y ?? []).join(', '))
  return (
    <div id={id} className="dara-chart" style={style}>
      <div ref={canvas} className="dara-chart-canvas" role="img" aria-label={name} />
      {plot.series.every(({ points }) => points.length === 0) && <p className="dara-chart-empty">{CHART.noData}</p>}
      {isZoomable && (
        <div className="dara-chart-tools">
          <Tool
            label={CHART.zoomIn}
            title={CHART.zoomHint}
            d={ZOOM_IN}
            onClick={() => zoom(chart.current, ZOOM_STEP)}
          />
          <Tool label={CHART.zoomOut} d={ZOOM_OUT} onClick={() => zoom(chart.current, -ZOOM_STEP)} />
          <Tool label={CHART.reset} d={RESET} onClick={() => zoom(chart.current, null)} />
        </div>
      )}
      <Notes columns={columns} plot={plot} x={declaration.x} />
      {selection && (
        <ul className="dara-chart-selection" aria-label={CHART.selection}>
          {describe(selection.value, selection.dimensions).map(({ column, text }) => (
            <li key={column}>
              {column} {text}
              {selection.change && (
                <Tool label={CHART.clear(column)} d={CLOSE} onClick={() => selection.change?.({ [column]: null })} />
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Notes about rows that are not drawn. */
function Notes({ columns: { sample }, plot: { missing }, x }: { columns: Columns; plot: Plot; x: string }) {
  if (!sample && missing === 0) return null
  const notes = [sample && CHART.sample(sample.drawn, sample.rows), missing > 0 && CHART.notDrawn(missing, x)]
  return <p className="dara-chart-notes">{notes.filter(Boolean).join(', ')}</p>
}

interface ToolProps {
  label: string
  title?: string
  d: string
  onClick: () => void
}

function Tool({ label, title = label, d, onClick }: ToolProps) {
  return <IconButton label={label} title={title} glyph={{ d, size: 14 }} onClick={onClick} />
}

function useDeclaration(node: Node): Declaration {
  const kind = (useString(node, 'kind') ?? 'line') as Kind
  const x = useString(node, 'x') ?? ''
  const given = useProp(node, 'y')
  const color = useString(node, 'color')
  const aggregate = useString(node, 'aggregate') as Aggregate | null
  const isStacked = useFlag(node, 'stack') === true
  const bins = useNumber(node, 'bins')
  return useMemo(() => {
    const names =
      given === null ? null : (Array.isArray(given) ? given : [given]).flatMap((each) => stringOf(each) ?? [])
    return { kind, x, y: names, color, aggregate, isStacked, bins }
  }, [kind, x, given, color, aggregate, isStacked, bins])
}

/** Return the drawing of a chart, as large as its element, and its width in steps of `STEP_PX`. */
function useEChart(
  element: RefObject<HTMLDivElement | null>,
  isSelectable: boolean,
): [chart: RefObject<ECharts | null>, widthPx: number] {
  const chart = useRef<ECharts | null>(null)
  const [widthPx, setWidth] = useState(0)
  const isDraggable = useRef(true)
  isDraggable.current = !isSelectable
  useLayoutEffect(() => {
    if (!element.current) return
    const made = init(element.current, null, { renderer: 'canvas' })
    chart.current = made
    const { current: drawn } = element
    drawn.ariaBusy = 'true'
    made.on('finished', () => {
      drawn.ariaBusy = null
    })
    // Dragging moves a zoomed chart only: otherwise it scrolls the page, or selects.
    let isMovable = false
    made.on('datazoom', () => {
      const { start, end } = zoomOf(made)
      if (isMovable === (isDraggable.current && end - start < 100)) return
      isMovable = !isMovable
      made.setOption({ dataZoom: [{ moveOnMouseMove: isMovable }] })
    })
    const observer = new ResizeObserver(() => {
      made.resize()
      setWidth(Math.floor(made.getWidth() / STEP_PX) * STEP_PX)
    })
    observer.observe(element.current)
    return () => {
      observer.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [element])
  return [chart, widthPx]
}

/** Draw the chart, and again when its data, the colours of the page, or `resized` change. The zoom stays. */
function useOption(
  chart: RefObject<ECharts | null>,
  node: Node,
  plot: Plot,
  declaration: Declaration,
  selection: BoundSelection | null,
  resized: number | null,
) {
  const isDark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark'
  const isStill = useReducedMotion() === true
  const xLabel = useText(node, 'x_label') ?? declaration.x
  const given = useText(node, 'y_label')
  const measured = declaration.kind === 'histogram' ? CHART.count : declaration.y?.length === 1 && declaration.y[0]
  const yLabel = given ?? (measured || null)
  const chosen = useMemo(
    () => (selection ? chosenOf(plot.axis, selection.value[declaration.x]) : null),
    [plot, selection, declaration.x],
  )
  const isSelectable = selection?.change != null
  useEffect(() => {
    const drawn = chart.current
    if (!drawn) return
    const { kind, isStacked } = declaration
    const look = { kind, isStacked, xLabel, yLabel, chosen, isSelectable, isStill, widthPx: drawn.getWidth() }
    drawn.setOption(optionOf(plot, look, themeOf(drawn.getDom(), isDark)), { replaceMerge: ['series', 'xAxis'] })
  }, [chart, plot, declaration, xLabel, yLabel, chosen, isSelectable, isStill, isDark, resized])
}

interface BoundSelection {
  value: Selection
  dimensions: Dimension[]
  /** `null` if the variable is read-only. */
  change: ((changes: Changes) => void) | null
}

function useSelection(node: Node, axis: Axis, { kind, x, y }: Declaration): BoundSelection | null {
  const source = useSource(node, 'selection')
  const bound = useProp(node, 'selection')
  const isReadonly = useReadonly(node, 'selection') !== null
  return useMemo(() => {
    if (!source) return null
    const vertical = kind === 'scatter' && y?.length === 1 ? y : []
    const dimensions = [
      { column: x, axis },
      ...vertical.map((column) => ({ column, axis: { type: 'value' } as const })),
    ]
    const change = (changes: Changes) => {
      const ops = changingOps(source.get(), changes)
      if (ops.length > 0) source.edit(ops)
    }
    return { value: selectionOf(bound), dimensions, change: isReadonly ? null : change }
  }, [source, bound, isReadonly, axis, kind, x, y])
}

/** Let the user select ranges by dragging, and show those that the variable holds. */
function useBrush(chart: RefObject<ECharts | null>, plot: Plot, selection: BoundSelection | null) {
  const isUsed = plot.axis.type !== 'category'
  useEffect(() => {
    const drawn = chart.current
    if (!drawn || !selection || !isUsed) return
    const { value, dimensions, change } = selection
    const brush = brushOf(value, dimensions, [extentOf(plot, 0), extentOf(plot, 1)])
    const isFlat = dimensions.length > 1
    drawn.dispatchAction({ type: 'brush', areas: brush ? [brush] : [] })
    const brushType = change && (isFlat ? 'rect' : 'lineX')
    drawn.dispatchAction({
      type: 'takeGlobalCursor',
      key: 'brush',
      brushOption: { brushType: brushType ?? false, brushMode: 'single' },
    })
    if (!change) return
    const onEnd = (event: unknown) => {
      const [area] = (event as { areas: { coordRange: unknown }[] }).areas
      const ranges = (isFlat ? area?.coordRange : [area?.coordRange]) as [number, number][] | undefined
      change(
        Object.fromEntries(
          dimensions.map(({ column, axis }, index) => [
            column,
            area && ranges?.[index] ? rangeOf(axis, ranges[index]) : null,
          ]),
        ),
      )
    }
    drawn.on('brushEnd', onEnd)
    return () => {
      drawn.off('brushEnd', onEnd)
    }
  }, [chart, isUsed, plot, selection])
}

/** Run the actions of a click on a point or a bar. On an axis of names, the click selects the name. */
function useClick(
  chart: RefObject<ECharts | null>,
  node: Node,
  { axis }: Plot,
  { x, y, color }: Declaration,
  selection: BoundSelection | null,
) {
  const onClick = useAction(node, 'onclick')
  const use = ({ value, seriesName = null }: Point) => {
    if (!Array.isArray(value)) return
    const place = Number(value[0])
    const name = axis.type === 'category' ? (axis.names[place] ?? null) : valueAt(axis, place)
    if (axis.type === 'category') selection?.change?.({ [x]: toggled(selection.value[x], name) })
    if (seriesName === null) return
    const measured = color === null ? seriesName : (y?.[0] ?? 'count')
    void onClick?.({ [x]: name, [measured]: value[1], ...(color !== null && { [color]: seriesName }) })
  }
  usePointClick(chart, onClick || selection?.change ? use : null)
}

/** A point or bar under the pointer; without one, `seriesName` is `null`, and `value` holds the coordinates. */
interface Point {
  value?: unknown
  seriesName?: string | null
}

/**
 * Call `use` when a point, or a place between the points, is clicked. The library's own event is lost if the chart is drawn between pressing and
 * releasing, as it is when the pointer of a zoomed chart moves.
 */
function usePointClick(chart: RefObject<ECharts | null>, use: ((point: Point) => void) | null): void {
  const latest = useRef(use)
  latest.current = use
  useEffect(() => {
    const drawn = chart.current
    if (!drawn) return
    let hovered: Point | null = null
    let pressed = { x: 0, y: 0 }
    const leave = () => {
      hovered = null
    }
    drawn.on('mouseover', (point) => {
      hovered = point as Point
    })
    drawn.on('mouseout', leave)
    drawn.on('globalout', leave)
    const press = ({ x, y }: PointerEvent) => {
      pressed = { x, y }
    }
    const release = ({ x, y, offsetX, offsetY }: MouseEvent) => {
      if (Math.hypot(x - pressed.x, y - pressed.y) >= CLICK_PX) return
      if (hovered) latest.current?.(hovered)
      else if (drawn.containPixel('grid', [offsetX, offsetY])) {
        latest.current?.({ value: drawn.convertFromPixel('grid', [offsetX, offsetY]), seriesName: null })
      }
    }
    const element = drawn.getDom()
    element.addEventListener('pointerdown', press)
    element.addEventListener('click', release)
    return () => {
      element.removeEventListener('pointerdown', press)
      element.removeEventListener('click', release)
    }
  }, [chart])
}

/** Show less or more of the horizontal axis, around its middle; everything if `step` is `null`. */
function zoom(chart: ECharts | null, step: number | null): void {
  if (!chart) return
  const { start, end } = zoomOf(chart)
  const change = ((end - start) * (step ?? 0)) / 2
  const [from, to] = step === null ? [0, 100] : [Math.max(start + change, 0), Math.min(end - change, 100)]
  chart.dispatchAction({ type: 'dataZoom', start: from, end: to })
}

/** Return the visible part of the horizontal axis, in percent. */
function zoomOf(chart: ECharts): { start: number; end: number } {
  const [zoom] = chart.getOption().dataZoom as { start: number; end: number }[]
  return zoom ?? { start: 0, end: 100 }
}
