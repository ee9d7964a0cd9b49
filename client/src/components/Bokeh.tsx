import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { equal } from '../edits'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { UnshowableValue } from '../view/later'
import { type ComponentProps, useProp, useSource, useValue } from '../view/react'
import {
  applyTheme,
  type BokehDocument,
  differences,
  extraScripts,
  hasScripts,
  heightOf,
  isDocument,
  sourcesOf,
} from './lib/bokehDocument'
import { toJson } from './lib/eventValues'
import { eventsOf, FigureBox, useEvent, useTheme } from './lib/figure'
import { useLibrary } from './lib/libraries'

/** A document on show. */
interface Shown {
  document: BokehDocument
  json: Json
}

export default function Bokeh({ node }: ComponentProps) {
  const figure = useProp(node, 'figure')
  const source = useSource(node, 'figure')
  // A document may contain JavaScript: that of the app's code runs, but not that of a value which users can change.
  const isTrusted = !source || source.isOfApp
  const isShowable = isDocument(figure) && (isTrusted || !hasScripts(figure))
  const scripts = node.props.library as string[]
  const hasCore = useLibrary(scripts.slice(0, 1))
  const extra = hasCore && isShowable ? extraScripts(figure).map((index) => scripts[index] as string) : []
  const isLoaded = useLibrary([scripts[0] as string, ...extra]) && hasCore
  const element = useRef<HTMLDivElement>(null)
  const shown = useDocument(element, isLoaded && isShowable ? figure : null, useTheme(node))
  if (!isShowable) return <UnshowableValue component="Bokeh" />
  return (
    <FigureBox node={node} minHeight={heightOf(figure)} isBusy={!shown}>
      <div ref={element} className="dara-figure-canvas" />
      {shown && eventsOf(node).map((name) => <Event key={name} node={node} name={name} shown={shown} />)}
      {shown && 'selection' in node.variables && <Brush node={node} shown={shown} />}
    </FigureBox>
  )
}

/** Show a document in an element. A later document of the same structure changes the present one. */
function useDocument(element: { current: HTMLDivElement | null }, json: Json, theme: Json): Shown | null {
  const presentTheme = useRef(theme)
  const [shown, setShown] = useState<Shown | null>(null)
  const present = useRef<Shown | null>(null)
  useEffect(() => {
    const { current } = element
    if (!current || json === null) return
    const next = globalThis.Bokeh.require('document').Document.from_json(json)
    const changes = present.current && differences(present.current.json, json)
    if (present.current && changes) {
      const { document } = present.current
      for (const { id, property } of changes)
        document.get_model_by_id(id)?.setv({ [property]: next.get_model_by_id(id)?.[property] })
      present.current = { document, json }
      setShown(present.current)
      return
    }
    remove(present.current)
    present.current = { document: next, json }
    const { current: mine } = present
    applyTheme(next, json, presentTheme.current)
    draw(next, current).then(
      () => present.current === mine && setShown(mine),
      (error: Error) => console.error(error),
    )
  }, [element, json])
  useEffect(() => {
    presentTheme.current = theme
    if (present.current) applyTheme(present.current.document, present.current.json, theme)
  }, [theme])
  useLayoutEffect(() => () => remove(present.current), [])
  return shown
}

/** Draw a document in an element; the promise ends when it is drawn. */
async function draw(document: BokehDocument, element: HTMLElement): Promise<void> {
  await globalThis.Bokeh.embed.add_document_standalone(document, element)
  if (!document.is_idle) await new Promise<void>((resolve) => document.idle.connect(() => resolve()))
}

function remove(shown: Shown | null): void {
  if (!shown) return
  const { document } = shown
  for (const root of document.all_roots) document.views_manager?.get(root)?.remove()
  document.clear()
}

/** Runs the actions of an event that `figure_events` has made. */
function Event({ node, name, shown }: { node: Node; name: string; shown: Shown }) {
  const run = useEvent(node, name, true)
  useEffect(() => {
    const handle = (event: globalThis.Event) => {
      const { detail } = event as CustomEvent<{ document: BokehDocument; event: string; value: unknown }>
      if (detail.document === shown.document && detail.event === name) run?.(toJson(detail.value))
    }
    document.addEventListener('dara-bokeh', handle)
    return () => document.removeEventListener('dara-bokeh', handle)
  }, [name, shown, run])
  return null
}

/** Keeps the selected rows of a document and their variable in step. */
function Brush({ node, shown }: { node: Node; shown: Shown }) {
  const [value, set] = useValue(node, 'selection', 'replace')
  const last = useRef<Json>(null)
  useEffect(() => {
    const points = (value as { points?: Json } | null)?.points
    if (equal(value, last.current)) return
    last.current = value
    sourcesOf(shown.document, shown.json).forEach((source, index) => {
      source.selected.indices = (Array.isArray(points) ? (points[index] ?? []) : []) as number[]
    })
  }, [value, shown])
  useEffect(() => {
    const report = ({ attr }: { attr?: string }) => {
      if (attr !== 'indices') return
      const points = sourcesOf(shown.document, shown.json).map(({ selected }) => [...selected.indices])
      const selection = points.every((each) => each.length === 0) ? null : { points }
      if (equal(selection, last.current)) return
      last.current = selection
      set(selection)
    }
    shown.document.on_change(report)
    return () => shown.document.remove_on_change(report)
  }, [shown, set])
  return null
}
