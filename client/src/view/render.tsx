/** Draws a page's tree: every component is a chunk of its own, fetched when first used. */

import './render.css'
import { type ComponentType, lazy, memo, useContext, useMemo, useSyncExternalStore } from 'react'
import type { App } from '../app/app'
import type { Node } from '../protocol'
import { CodeMissing, Fence } from './fence'
import { FormContext, inForm } from './form'
import { keysOf } from './kept'
import { type ComponentProps, useApp } from './react'

type Drawer = ComponentType<ComponentProps>

const CHUNKS = import.meta.glob<{ default: Drawer }>('../components/*.tsx')
const COMPONENTS = new Map<string, Drawer>()

/** These say themselves how they look while what they show is being computed. */
const PATIENT = new Set(['For', 'If', 'Match', 'PyComponent'])
/** The height of these comes from their text, so that they are drawn without one. */
const TEXTS = new Set(['Heading', 'Label', 'Text'])

export function Render({ nodes }: { nodes: readonly Node[] | undefined }) {
  const keys = useMemo(() => keysOf(nodes ?? []), [nodes])
  return nodes?.map((node, index) => <Drawing key={keys[index]} node={node} />)
}

const Drawing = memo(function Drawing({ node: given }: ComponentProps) {
  const app = useApp()
  const form = useContext(FormContext)
  const node = useMemo(() => (form ? inForm(given, form) : given), [given, form])
  const awaited = useMemo(() => (PATIENT.has(node.component) ? null : awaitedBy(app, node)), [app, node])
  return (
    <Fence node={node} inner={node.slots.children && <Render nodes={node.slots.children} />}>
      {awaited ? <Awaiting node={node} awaited={awaited} /> : <Drawn node={node} />}
    </Fence>
  )
})

function Drawn({ node }: ComponentProps) {
  const Component = componentOf(node.component)
  return <Component node={node} />
}

interface Awaited {
  subscribe: (listener: () => void) => () => void
  /** `null` when all is there, else why it is not, or '' while it is being computed. */
  get: () => string | null
}

/** What a component shows that may have to be computed on the server first. */
function awaitedBy(app: App, node: Node): Awaited | null {
  const sources = Object.values(node.variables)
    .map((ref) => app.graph.source(ref))
    .filter((source) => source.canWait)
  if (sources.length === 0) return null
  return {
    subscribe: (listener) => {
      const stops = sources.map((source) => source.subscribe(listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    get: () => {
      const missing = sources.find((source) => !source.isReady)
      return missing ? (missing.error ?? '') : null
    },
  }
}

function Awaiting({ node, awaited }: ComponentProps & { awaited: Awaited }) {
  const app = useApp()
  const missing = useSyncExternalStore(awaited.subscribe, awaited.get)
  const retry = () => {
    for (const { variable } of Object.values(node.variables)) app.graph.trigger(variable)
  }
  if (missing === null) return <Drawn node={node} />
  if (missing !== '') return <Failure message={missing} onRetry={retry} />
  if (node.slots.fallback) return <Render nodes={node.slots.fallback} />
  if (!TEXTS.has(node.component)) return <Placeholder />
  return (
    <span className="dara-waiting" aria-busy>
      <Drawn node={node} />
    </span>
  )
}

/** The place of what is not there yet; it is only seen if that takes a while. */
export function Placeholder() {
  return <div className="dara-placeholder" aria-busy role="presentation" />
}

/** Why something could not be drawn. */
export function Failure({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <div className="dara-failure" role="alert">
      <span>{message}</span>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/**
 * Fetch the code of the components in `nodes`, so that the page appears at once and whole: React
 * shows what it had to wait for only after a pause, even if it is there by then.
 */
export async function preload(nodes: readonly Node[]): Promise<void> {
  await Promise.all([...componentsIn(nodes)].map(load))
}

async function load(name: string): Promise<void> {
  const module = await CHUNKS[`../components/${name}.tsx`]?.()
  if (module) COMPONENTS.set(name, module.default)
}

function componentOf(name: string): Drawer {
  const known = COMPONENTS.get(name)
  if (known) return known
  const fetch = CHUNKS[`../components/${name}.tsx`]
  if (!fetch) throw new CodeMissing(`There is no component ${name} in this build of the app.`)
  const waiting = lazy(() =>
    fetch().catch(() => {
      COMPONENTS.delete(name)
      throw new CodeMissing('This part of the page could not be loaded.')
    }),
  )
  COMPONENTS.set(name, waiting)
  return waiting
}

function componentsIn(nodes: readonly Node[], found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    found.add(node.component)
    for (const slot of Object.values(node.slots)) componentsIn(slot, found)
  }
  return found
}
