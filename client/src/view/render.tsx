/** Rendering of a page's tree. Every component is a chunk of its own, which is fetched at its first use. */

import { type ComponentType, lazy, memo, useContext, useMemo, useSyncExternalStore } from 'react'
import type { App } from '../app/app'
import { DRAWING } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Node } from '../protocol'
import { ChunkLoadError, ComponentBoundary } from './errorBoundary'
import { Failure, Placeholder } from './fallbacks'
import { bindToForm, FormContext } from './form'
import { reactKeysOf } from './identity'
import { type ComponentProps, useApp } from './react'

type NodeComponent = ComponentType<ComponentProps>

const CHUNKS = import.meta.glob<{ default: NodeComponent }>('../components/*.tsx')
const COMPONENTS = new Map<string, NodeComponent>()

/** Components that draw a fallback of their own while their value is being computed. */
const WITH_OWN_FALLBACK = new Set(['For', 'If', 'Match', 'PyComponent'])
/** Components whose height depends on their text: they are drawn without it while it is being computed. */
const TEXTS = new Set(['Heading', 'Label', 'Text'])

export function Render({ nodes }: { nodes: readonly Node[] | undefined }) {
  const keys = useMemo(() => reactKeysOf(nodes ?? []), [nodes])
  return nodes?.map((node, index) => <RenderNode key={keys[index]} node={node} />)
}

const RenderNode = memo(function RenderNode({ node: given }: ComponentProps) {
  const app = useApp()
  const form = useContext(FormContext)
  const node = useMemo(() => (form ? bindToForm(given, form) : given), [given, form])
  const pending = useMemo(
    () => (WITH_OWN_FALLBACK.has(node.component) ? null : pendingValuesOf(app, node)),
    [app, node],
  )
  return (
    <ComponentBoundary node={node} inner={node.slots.children && <Render nodes={node.slots.children} />}>
      {pending ? <RenderPending node={node} pending={pending} /> : <RenderComponent node={node} />}
    </ComponentBoundary>
  )
})

function RenderComponent({ node }: ComponentProps) {
  const Component = componentOf(node.component)
  return <Component node={node} />
}

/** The values of a component that the server may still have to compute. */
interface PendingValues {
  subscribe: (listener: () => void) => Unsubscribe
  /** `null` when all values are there, '' while one is being computed, or the reason why one could not be. */
  get: () => string | null
}

function pendingValuesOf(app: App, node: Node): PendingValues | null {
  const sources = Object.values(node.variables)
    .map((ref) => app.graph.source(ref))
    .filter((source) => source.canWait)
  if (sources.length === 0) return null
  return {
    subscribe: (listener) => combineUnsubscribes(sources.map((source) => source.subscribe(listener))),
    get: () => {
      const missing = sources.find((source) => !source.isReady)
      return missing ? (missing.error ?? '') : null
    },
  }
}

function RenderPending({ node, pending }: ComponentProps & { pending: PendingValues }) {
  const app = useApp()
  const missing = useSyncExternalStore(pending.subscribe, pending.get)
  const retry = () => {
    for (const { variable } of Object.values(node.variables)) app.graph.trigger(variable)
  }
  if (missing === null) return <RenderComponent node={node} />
  if (missing !== '') return <Failure message={missing} onRetry={retry} />
  if (node.slots.fallback) return <Render nodes={node.slots.fallback} />
  if (!TEXTS.has(node.component)) return <Placeholder />
  return (
    <span className="dara-waiting" aria-busy>
      <RenderComponent node={node} />
    </span>
  )
}

/**
 * Fetch the code of all components in `nodes`, so that the page appears at once and whole. Without it, React shows each
 * component only after a pause, even if its code arrives sooner.
 */
export async function preload(nodes: readonly Node[]): Promise<void> {
  await Promise.all([...componentsIn(nodes)].map(load))
}

async function load(name: string): Promise<void> {
  const module = await CHUNKS[`../components/${name}.tsx`]?.()
  if (module) COMPONENTS.set(name, module.default)
}

function componentOf(name: string): NodeComponent {
  const known = COMPONENTS.get(name)
  if (known) return known
  const fetch = CHUNKS[`../components/${name}.tsx`]
  if (!fetch) throw new ChunkLoadError(DRAWING.noComponent(name))
  const component = lazy(() =>
    fetch().catch(() => {
      COMPONENTS.delete(name)
      throw new ChunkLoadError(DRAWING.notLoaded)
    }),
  )
  COMPONENTS.set(name, component)
  return component
}

function componentsIn(nodes: readonly Node[], found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    found.add(node.component)
    for (const slot of Object.values(node.slots)) componentsIn(slot, found)
  }
  return found
}
