/** Rendering of a page's tree. Every component is a chunk of its own, which is fetched at its first use. */

import {
  Activity,
  type ComponentType,
  createContext,
  lazy,
  memo,
  type ReactNode,
  Suspense,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react'
import type { App } from '../app/app'
import type { Node } from '../fragments'
import { DRAWING } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import { FRESH, type Freshness, type Job } from '../sync/freshness'
import { ChunkLoadError, ComponentBoundary } from './errorBoundary'
import { Placeholder } from './fallbacks'
import { asField, FormContext } from './form'
import { reactKeysOf } from './identity'
import { useLasting } from './lasting'
import { Failure, Refusal } from './later'
import { Marked } from './marked'
import { type ComponentProps, useApp, useFreshness, useRefusal, useRetry, waitingSourcesOf } from './react'
import { useStyle } from './style'

type NodeComponent = ComponentType<ComponentProps>

const CHUNKS = import.meta.glob<{ default: NodeComponent }>('../components/*.tsx')
const COMPONENTS = new Map<string, NodeComponent>()

/** Components that decide what is shown. It stays while they are computed anew, whatever their fallback says. */
const FLOW = new Set(['ArrangedFor', 'For', 'If', 'Match', 'VirtualFor'])
/** Components that have no element of their own; with a style or an id they get one. */
const WITHOUT_ELEMENT = new Set([...FLOW, 'Outlet'])
/** The pause after which a fallback without `suspend_render` replaces a value that is being computed again. */
const SUSPENDED_AFTER_MS = 200
/** Components whose height depends on their text: they are drawn without it while it is being computed. */
const TEXTS = new Set(['Heading', 'Label', 'Text'])

/** The function that tries to show the failed component again. */
export const RetryContext = createContext<(() => void) | null>(null)

/** The job for which the component waits that a fallback stands in for. */
export const JobContext = createContext<Job | null>(null)

export function Render({ nodes }: { nodes: readonly Node[] | undefined }) {
  const keys = useMemo(() => reactKeysOf(nodes ?? []), [nodes])
  return nodes?.map((node, index) => <RenderNode key={keys[index]} node={node} />)
}

const RenderNode = memo(function RenderNode({ node: given }: ComponentProps) {
  const app = useApp()
  const form = useContext(FormContext)
  const node = useMemo(() => asField(given, form), [given, form])
  const pending = useMemo(() => pendingValuesOf(app, node), [app, node])
  const refusal = useRefusal(node)
  const Drawn = componentOf(node.component)
  const drawn =
    refusal !== null ? (
      <NodeRefusal node={node} reason={refusal} />
    ) : pending ? (
      <RenderPending node={node} pending={pending} />
    ) : (
      <Drawn node={node} />
    )
  return (
    <ComponentBoundary
      node={node}
      inner={node.slots.children && <Render nodes={node.slots.children} />}
      failure={(retry) => node.slots.error_handler && <NodeFailure node={node} freshness={FRESH} onRetry={retry} />}
    >
      {needsElement(node) ? <StyledElement node={node}>{drawn}</StyledElement> : drawn}
    </ComponentBoundary>
  )
})

/** The reason for which the user may not read a value, in the place of a component that shows it. */
function NodeRefusal({ node, reason }: ComponentProps & { reason: string }) {
  const handler = node.slots.error_handler
  return <Refusal node={node} reason={reason} content={handler && <Render nodes={handler} />} />
}

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
  /** The freshness of one that is missing; `null` when all values are there. */
  get: () => Freshness | null
}

function pendingValuesOf(app: App, node: Node): PendingValues | null {
  const sources = waitingSourcesOf(app, node)
  if (sources.length === 0) return null
  return {
    subscribe: (listener) => combineUnsubscribes(sources.map((source) => source.subscribe(listener))),
    get: () => sources.find((source) => !source.isReady)?.freshness ?? null,
  }
}

function RenderPending({ node, pending }: ComponentProps & { pending: PendingValues }) {
  const missing = useSyncExternalStore(pending.subscribe, pending.get)
  const retry = useRetry(node)
  if (missing === null) return <RenderMarked node={node} onRetry={retry} />
  if (missing.error) return <NodeFailure node={node} freshness={missing} onRetry={retry} />
  if (node.component === 'If' && !node.slots.fallback) return null // as long as the condition is unknown
  if (node.slots.fallback || !TEXTS.has(node.component)) return <NodeFallback node={node} freshness={missing} />
  return (
    <span className="dara-waiting" aria-busy>
      <RenderComponent node={node} />
    </span>
  )
}

/**
 * The component, marked while its values are out of date, or its fallback while the next ones are being computed for
 * longer than the fallback allows.
 */
function RenderMarked({ node, onRetry }: ComponentProps & { onRetry: () => void }) {
  const freshness = useFreshness(node)
  const isSuspended = useSuspended(node, freshness.isLoading && !FLOW.has(node.component))
  const component = <RenderComponent node={node} />
  return (
    <>
      <Marked freshness={explained(freshness, node)} onRetry={onRetry} hidden={isSuspended}>
        {/* Hidden, it keeps its state. */}
        {node.slots.fallback ? <Activity mode={isSuspended ? 'hidden' : 'visible'}>{component}</Activity> : component}
      </Marked>
      {isSuspended && <NodeFallback node={node} freshness={freshness} />}
    </>
  )
}

/** Return the freshness with the reason that the `error_handler` of a component gives, if that has texts. */
export function explained(freshness: Freshness, node: Node): Freshness {
  const { title, description } = node.slots.error_handler?.[0]?.props ?? {}
  const texts = [title, description].filter((text) => typeof text === 'string')
  if (!freshness.error || texts.length === 0) return freshness
  return { ...freshness, error: { ...freshness.error, message: texts.join(': ') } }
}

/** Return whether the fallback of a component is to replace it, while its next values are being computed. */
export function useSuspended(node: Node, isLoading: boolean): boolean {
  const [fallback] = node.slots.fallback ?? []
  const wait = fallback?.props.suspend_render ?? SUSPENDED_AFTER_MS
  return useLasting(isLoading && fallback !== undefined && wait !== false, wait === true ? 0 : Number(wait))
}

interface NodeFailureProps extends ComponentProps {
  freshness: Freshness
  onRetry: () => void
}

/**
 * The error message that its `error_handler` draws in the place of a component, or else that of its failure; dimmed while
 * another run is on its way.
 */
export function NodeFailure({ node, freshness: { isLoading, error }, onRetry }: NodeFailureProps) {
  const handler = node.slots.error_handler
  return (
    <Marked freshness={{ ...FRESH, isLoading }} onRetry={onRetry}>
      {handler ? (
        <RetryContext value={onRetry}>
          <Render nodes={handler} />
        </RetryContext>
      ) : (
        <Failure message={error?.message ?? ''} trace={error?.trace ?? null} onRetry={onRetry} />
      )}
    </Marked>
  )
}

/** The fallback of a component, or a placeholder. */
export function NodeFallback({ node, freshness }: ComponentProps & { freshness: Freshness }) {
  if (!node.slots.fallback) return <Placeholder />
  return (
    <JobContext value={freshness.job ?? null}>
      <Render nodes={node.slots.fallback} />
    </JobContext>
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
  const component = fetch ? lazyComponent(name, fetch) : () => fail(DRAWING.noComponent(name))
  COMPONENTS.set(name, component)
  return component
}

/** Return a component whose code is fetched when it is drawn, with a placeholder: the rest of the page stays as it is. */
function lazyComponent(name: string, fetch: () => Promise<{ default: NodeComponent }>): NodeComponent {
  const Later = lazy(() =>
    fetch().catch(() => {
      COMPONENTS.delete(name)
      return fail(DRAWING.notLoaded)
    }),
  )
  return (props) => (
    <Suspense fallback={<Placeholder />}>
      <Later {...props} />
    </Suspense>
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
