/** Rendering of a page's tree. Every component is a chunk of its own, which is fetched at its first use. */

import {
  Activity,
  type ComponentType,
  createContext,
  lazy,
  memo,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react'
import type { App } from '../app/app'
import type { Node } from '../fragments'
import { DRAWING } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import { ChunkLoadError, ComponentBoundary } from './errorBoundary'
import { Failure, type FailureProps, Placeholder } from './fallbacks'
import { bindToForm, FormContext } from './form'
import { reactKeysOf } from './identity'
import { useLasting } from './lasting'
import { type ComponentProps, useApp } from './react'
import { useStyle } from './style'

type NodeComponent = ComponentType<ComponentProps>

const CHUNKS = import.meta.glob<{ default: NodeComponent }>('../components/*.tsx')
const COMPONENTS = new Map<string, NodeComponent>()

/** Components that draw a fallback of their own while their value is being computed. */
const WITH_OWN_FALLBACK = new Set(['For', 'If', 'Match', 'PyComponent'])
/** Components that have no element of their own; with a style or an id they get one. */
const WITHOUT_ELEMENT = new Set(['For', 'If', 'Match', 'Outlet'])
/** The pause after which a fallback without `suspend_render` replaces a value that is being computed again. */
const SUSPENDED_AFTER_MS = 200
/** Components whose height depends on their text: they are drawn without it while it is being computed. */
const TEXTS = new Set(['Heading', 'Label', 'Text'])

/** The function that tries to show the failed component again. */
export const RetryContext = createContext<(() => void) | null>(null)

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
  const Drawn = componentOf(node.component)
  const drawn = pending ? <RenderPending node={node} pending={pending} /> : <Drawn node={node} />
  return (
    <ComponentBoundary
      node={node}
      inner={node.slots.children && <Render nodes={node.slots.children} />}
      failure={(retry) => node.slots.error_handler && <NodeFailure node={node} message="" onRetry={retry} />}
    >
      {needsElement(node) ? <StyledElement node={node}>{drawn}</StyledElement> : drawn}
    </ComponentBoundary>
  )
})

function needsElement({ component, props, variables }: Node): boolean {
  const isStyled = (props.raw_css ?? props.id_ ?? variables.raw_css) !== undefined
  return isStyled && WITHOUT_ELEMENT.has(component)
}

function StyledElement({ node, children }: ComponentProps & { children: ReactNode }) {
  return <div {...useStyle(node)}>{children}</div>
}

function RenderComponent({ node }: ComponentProps) {
  const Component = componentOf(node.component)
  return <Component node={node} />
}

/** The values of a component that the server may still have to compute. */
interface PendingValues {
  subscribe: (listener: () => void) => Unsubscribe
  /** `null` when all values are there, '' while one is being computed, or the reason why one could not be. */
  get: () => string | null
  /** True while a newer value is being computed. */
  isLoading: () => boolean
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
    isLoading: () => sources.some((source) => source.isLoading),
  }
}

function RenderPending({ node, pending }: ComponentProps & { pending: PendingValues }) {
  const app = useApp()
  const missing = useSyncExternalStore(pending.subscribe, pending.get)
  const retry = () => {
    for (const { variable } of Object.values(node.variables)) app.graph.trigger(variable)
  }
  if (missing === null)
    return node.slots.fallback ? <Suspendable node={node} pending={pending} /> : <RenderComponent node={node} />
  if (missing !== '') return <NodeFailure node={node} message={missing} onRetry={retry} />
  if (node.slots.fallback || !TEXTS.has(node.component)) return <NodeFallback node={node} />
  return (
    <span className="dara-waiting" aria-busy>
      <RenderComponent node={node} />
    </span>
  )
}

/** The component, or its fallback while the next values are being computed for longer than the fallback allows. */
function Suspendable({ node, pending }: ComponentProps & { pending: PendingValues }) {
  const isLoading = useSyncExternalStore(pending.subscribe, pending.isLoading)
  const isSuspended = useSuspended(node, isLoading)
  return (
    <>
      {/* Hidden, it keeps its state. */}
      <Activity mode={isSuspended ? 'hidden' : 'visible'}>
        <RenderComponent node={node} />
      </Activity>
      {isSuspended && <NodeFallback node={node} />}
    </>
  )
}

/** Return whether the fallback of a component is to replace it, while its next values are being computed. */
export function useSuspended(node: Node, isLoading: boolean): boolean {
  const [fallback] = node.slots.fallback ?? []
  const wait = fallback?.props.suspend_render ?? SUSPENDED_AFTER_MS
  return useLasting(isLoading && fallback !== undefined && wait !== false, wait === true ? 0 : Number(wait))
}

/** The error message that its `error_handler` draws in the place of a component, or else `message`. */
export function NodeFailure({ node, ...failure }: FailureProps & { node: Node }) {
  if (!node.slots.error_handler) return <Failure {...failure} />
  return (
    <RetryContext value={failure.onRetry ?? null}>
      <Render nodes={node.slots.error_handler} />
    </RetryContext>
  )
}

/** The fallback of a component, or a placeholder. */
export function NodeFallback({ node }: ComponentProps) {
  return node.slots.fallback ? <Render nodes={node.slots.fallback} /> : <Placeholder />
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
  const component = fetch ? lazyComponent(name, fetch) : () => fail(DRAWING.noComponent(name))
  COMPONENTS.set(name, component)
  return component
}

function lazyComponent(name: string, fetch: () => Promise<{ default: NodeComponent }>): NodeComponent {
  return lazy(() =>
    fetch().catch(() => {
      COMPONENTS.delete(name)
      return fail(DRAWING.notLoaded)
    }),
  )
}

function fail(message: string): never {
  throw new ChunkLoadError(message)
}

function componentsIn(nodes: readonly Node[], found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    found.add(node.component)
    for (const slot of Object.values(node.slots)) componentsIn(slot, found)
  }
  return found
}
