import { useCallback, useEffect, useRef, useState } from 'react'
import { equal } from '../edits'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { UnshowableValue } from '../view/later'
import { type ComponentProps, useProp, useValue } from '../view/react'
import { eventsOf, FigureBox, isFigure, useEvent, useResize, useTheme } from './lib/figure'
import { makeFunction, useLibrary } from './lib/libraries'
import { asSelection, CONFIG, drawn, heightOf, inputOf, type Plot } from './lib/plotlyFigure'
import { drawing, isDrawing, isShown, keepPoints, newSelectionOf, show } from './lib/plotlySelection'
import { letFingersScroll } from './lib/plotlyTouch'

/** Events that come again and again while a pointer moves or an animation runs. */
const CONTINUOUS = /hover|selecting|sliderchange|animatingframe|transitioning|afterplot|redraw/

export default function Plotly({ node }: ComponentProps) {
  const figure = useProp(node, 'figure')
  const isLoaded = useLibrary(node.props.library as string[])
  const element = useRef<HTMLDivElement>(null)
  const plot = usePlot(node, figure, element, isLoaded)
  useResize(
    element,
    useCallback(() => {
      if (plot) void globalThis.Plotly.Plots.resize(plot)
    }, [plot]),
  )
  if (!isFigure(figure)) return <UnshowableValue component="Plotly" />
  const height = heightOf(figure)
  const scripts = (node.props.scripts ?? {}) as Record<string, string>
  const events = new Set([...eventsOf(node), ...Object.keys(scripts)])
  return (
    <FigureBox node={node} minHeight={height} isBusy={!plot}>
      <div ref={element} className="dara-figure-canvas" />
      {plot &&
        [...events].map((name) => <Event key={name} node={node} name={name} script={scripts[name]} plot={plot} />)}
      {plot && 'selection' in node.variables && <Brush node={node} plot={plot} />}
    </FigureBox>
  )
}

/** Draw a figure in an element, and again when it has changed; return the plot once it is drawn. */
function usePlot(
  node: Node,
  figure: Json,
  element: { current: HTMLDivElement | null },
  isLoaded: boolean,
): Plot | null {
  const theme = useTheme(node)
  const [plot, setPlot] = useState<Plot | null>(null)
  const isSelectable = 'selection' in node.variables
  const selection = useRef<Json>(null)
  selection.current = useProp(node, 'selection')
  useEffect(() => {
    const { current } = element
    if (!isLoaded || !current || !isFigure(figure)) return
    const traces = figure.data as Record<string, Json>[] | undefined
    let isWanted = true
    const draw = async () => {
      const hasMany = traces?.some?.((trace) => trace?.type === 'scattergl')
      if (hasMany) await (await import('./lib/withoutGraphicsCard')).prepare()
      const forMany = hasMany ? await import('./lib/manyPoints') : null
      if (!isWanted) return
      const { data, layout } = drawn(figure, theme, asSelection(selection.current), isSelectable, forMany)
      await drawing(current, () => globalThis.Plotly.react(current, data, layout, CONFIG))
      if (isSelectable && isWanted) await keepPoints(current as Plot, asSelection(selection.current))
      setPlot(current as Plot)
    }
    draw().catch(console.error)
    return () => {
      isWanted = false
    }
  }, [element, isLoaded, figure, theme, isSelectable])
  // Not a layout effect, which ends also while React hides the page.
  useEffect(() => {
    const { current } = element
    if (!current) return
    const remove = letFingersScroll(current)
    return () => {
      remove()
      if (globalThis.Plotly) globalThis.Plotly.purge(current)
    }
  }, [element])
  return plot
}

/** Runs the script and the actions of an event. */
function Event({ node, name, script, plot }: { node: Node; name: string; script: string | undefined; plot: Plot }) {
  const run = useEvent(node, name, CONTINUOUS.test(name))
  useEffect(() => {
    const change = script === undefined ? null : makeFunction(['data', 'figure', script])
    let isDrawing = false
    const handle = (data: unknown) => {
      if (isDrawing) return
      if (change) {
        isDrawing = true
        const figure = { data: plot.data, layout: plot.layout }
        change(data, figure)
        Object.assign(plot, figure)
        void globalThis.Plotly.redraw(plot).finally(() => {
          isDrawing = false
        })
      }
      run?.(inputOf(data))
    }
    plot.on(name, handle)
    return () => plot.removeListener(name, handle)
  }, [plot, name, script, run])
  return null
}

/** Keeps the selection of a plot and its variable in step. */
function Brush({ node, plot }: { node: Node; plot: Plot }) {
  const [value, set] = useValue(node, 'selection', 'replace')
  const shown = useRef<Json>(value)
  useEffect(() => {
    let timer = 0
    const report = (selection: Json) => {
      // plotly goes on after this event, with areas that it has just added or is about to remove.
      timer = window.setTimeout(() => {
        const wanted = asSelection(shown.current)
        if (!isDrawing(plot) && !isShown(plot, wanted)) show(plot, wanted).catch(console.error)
      })
      if (equal(selection, shown.current)) return
      shown.current = selection
      set(selection)
    }
    const select = () => {
      if (!isDrawing(plot)) report(newSelectionOf(plot, asSelection(shown.current)) as Json)
    }
    const deselect = () => {
      if (!isDrawing(plot)) report(null)
    }
    plot.on('plotly_selected', select)
    plot.on('plotly_deselect', deselect)
    return () => {
      window.clearTimeout(timer)
      plot.removeListener('plotly_selected', select)
      plot.removeListener('plotly_deselect', deselect)
    }
  }, [plot, set])
  useEffect(() => {
    if (equal(value, shown.current)) return
    shown.current = value
    show(plot, asSelection(value)).catch(console.error)
  }, [plot, value])
  return null
}
