/** Error boundaries: a component or a page that fails to render is replaced by a message; the rest of the page stays. */

import { Component, type ReactNode, useEffect, useMemo } from 'react'
import type { App } from '../app/app'
import type { Node, Ref } from '../fragments'
import { DRAWING } from '../messages'
import { combineUnsubscribes } from '../observable'
import type { Json } from '../protocol'
import type { Source } from '../variables/source'
import { ReloadButton, reload } from './fallbacks'
import { Failure, UnshowableValue } from './later'
import { useApp } from './react'

/** The code of a component could not be loaded. */
export class ChunkLoadError extends Error {}

interface ComponentBoundaryProps {
  node: Node
  children: ReactNode
  /** The children of the component, which are shown without it after an error. */
  inner: ReactNode
  /** Return the message of the app about an error, if it has one. */
  failure: (retry: () => void) => ReactNode
}

interface ComponentBoundaryState {
  error: Error | null
  /** The node that the error belongs to. */
  node: Node
}

/** The error boundary of one component. It renders the component again when a value inside it changes. */
export class ComponentBoundary extends Component<ComponentBoundaryProps, ComponentBoundaryState> {
  override state: ComponentBoundaryState = { error: null, node: this.props.node }

  static getDerivedStateFromError(error: Error): Partial<ComponentBoundaryState> {
    return { error }
  }

  /** Forget the error of another node. */
  static getDerivedStateFromProps(
    { node }: ComponentBoundaryProps,
    state: ComponentBoundaryState,
  ): ComponentBoundaryState | null {
    return node === state.node ? null : { error: null, node }
  }

  #retry = () => this.setState({ error: null })

  override render() {
    const { error } = this.state
    const { node, children, inner, failure } = this.props
    if (!error) return children
    if (error instanceof ChunkLoadError)
      return <Failure message={error.message} onRetry={reload} retryLabel={DRAWING.reload} />
    return (
      <>
        {failure(this.#retry) ?? <UnshowableValue component={node.component} />}
        <ValueWatcher node={node} onChange={this.#retry} />
        {inner}
      </>
    )
  }
}

/** The error boundary of a whole level of the page; the layout around the level stays. */
export class PageBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    if (!this.state.error) return this.props.children
    return (
      <div className="dara-card" role="alert">
        <h3 className="dara-card-title">{DRAWING.failedPage}</h3>
        <p className="dara-card-subtitle">{DRAWING.failedPageHint}</p>
        <ReloadButton />
      </div>
    )
  }
}

/** Calls `onChange` when a variable of the node, or of a node inside it, changes. */
function ValueWatcher({ node, onChange }: { node: Node; onChange: () => void }) {
  const app = useApp()
  const values = useMemo(() => valuesIn(app, node), [app, node])
  useEffect(() => {
    const check = () => {
      if (values.some(({ source, value }) => source.get() !== value)) onChange()
    }
    check()
    return combineUnsubscribes(values.map(({ source }) => source.subscribe(check)))
  }, [values, onChange])
  return null
}

function valuesIn(app: App, node: Node): { source: Source; value: Json }[] {
  const sources = [...refsIn(node)].map((ref) => app.graph.source(ref))
  return sources.map((source) => ({ source, value: source.get() }))
}

/** Yield the variables of a node and of the nodes inside it, without the items of a For, which exist only in its instances. */
function* refsIn(node: Node): Generator<Ref> {
  yield* Object.values(node.variables).filter(({ path }) => !path.includes(null))
  for (const slot of Object.values(node.slots)) for (const each of slot) yield* refsIn(each)
}
