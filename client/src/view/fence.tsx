/** The fence around each component: what it cannot show is said in its place, and nothing else is taken along. */

import { Component, type ReactNode, useEffect, useMemo } from 'react'
import type { App } from '../app/app'
import type { Json, Node, Ref } from '../protocol'
import type { Source } from '../variables/source'
import { useApp } from './react'

/** The code of a component did not arrive. */
export class CodeMissing extends Error {}

interface FenceProps {
  node: Node
  children: ReactNode
  /** What is inside the component, and is shown without it. */
  inner: ReactNode
}

interface FenceState {
  error: Error | null
  /** The node that the error is of. */
  node: Node
}

export class Fence extends Component<FenceProps, FenceState> {
  override state: FenceState = { error: null, node: this.props.node }

  static getDerivedStateFromError(error: Error): Partial<FenceState> {
    return { error }
  }

  /** Another node is tried anew. */
  static getDerivedStateFromProps({ node }: FenceProps, state: FenceState): FenceState | null {
    return node === state.node ? null : { error: null, node }
  }

  #retry = () => this.setState({ error: null })

  override render() {
    const { error } = this.state
    const { node, children, inner } = this.props
    if (!error) return children
    if (error instanceof CodeMissing) return <Missing message={error.message} />
    return (
      <>
        <Unshown what={node.component} />
        <Watch node={node} onChange={this.#retry} />
        {inner}
      </>
    )
  }
}

/** The place of a value that a component cannot show. */
export function Unshown({ what }: { what: string }) {
  return (
    <span className="dara-unshown" role="note" title={`${what}: its value is not one that it can show.`}>
      <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" aria-hidden="true">
        <circle cx="8" cy="8" r="6.4" strokeWidth="1.3" />
        <path strokeLinecap="round" strokeWidth="1.5" d="M8 4.8v3.6M8 11.1v.1" />
      </svg>
      This value cannot be shown
    </span>
  )
}

function Missing({ message }: { message: string }) {
  return (
    <div className="dara-failure" role="alert">
      <span>{message}</span>
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  )
}

/** Says when something has changed that a component shows, or what is inside it. */
function Watch({ node, onChange }: { node: Node; onChange: () => void }) {
  const app = useApp()
  const shown = useMemo(() => watched(app, node), [app, node])
  useEffect(() => {
    const check = () => {
      if (shown.some(({ source, seen }) => source.get() !== seen)) onChange()
    }
    check()
    const stops = shown.map(({ source }) => source.subscribe(check))
    return () => {
      for (const stop of stops) stop()
    }
  }, [shown, onChange])
  return null
}

function watched(app: App, node: Node): { source: Source; seen: Json }[] {
  const sources = [...refsIn(node)].map((ref) => app.graph.source(ref))
  return sources.map((source) => ({ source, seen: source.get() }))
}

/** But for the item of a For, which is not known inside its template. */
function* refsIn(node: Node): Generator<Ref> {
  yield* Object.values(node.variables).filter(({ path }) => !path.includes(null))
  for (const slot of Object.values(node.slots)) for (const each of slot) yield* refsIn(each)
}
