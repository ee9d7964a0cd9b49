/** Draws what the router shows: levels inside each other. Those that two pages have in common stay as they are. */

import { Component, createContext, type ReactNode, Suspense, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Router, ShownLevel, View } from '../pages/router'
import { Render } from './render'

export const RouterContext = createContext<Router | null>(null)
const Inner = createContext<readonly ShownLevel[]>([])

export function useRouter(): Router {
  const router = useContext(RouterContext)
  if (!router) throw new Error('Pages render inside a RouterContext')
  return router
}

export function useView(): View | null {
  const { view } = useRouter()
  return useSyncExternalStore(view.subscribe, view.get)
}

/** The app's path on show, percent-encoded. */
export function usePath(): string {
  const { path } = useRouter().location
  return useSyncExternalStore(path.subscribe, path.get)
}

/** The whole page. */
export function Outermost() {
  const levels = useView()?.levels ?? []
  return (
    <Inner value={levels}>
      <OutletContent />
    </Inner>
  )
}

/** The next level inside the one that this is drawn in. */
export function OutletContent() {
  const [level, ...inner] = useContext(Inner)
  return level ? <Level key={`${level.id} ${level.isLoading}`} level={level} inner={inner} /> : null
}

function Level({ level: { nodes }, inner }: { level: ShownLevel; inner: readonly ShownLevel[] }) {
  const content = useMemo(() => <Render nodes={nodes} />, [nodes])
  return (
    <Inner value={inner}>
      <Fence>
        <Suspense>{content}</Suspense>
      </Fence>
    </Inner>
  )
}

/** Keeps what is around a page, should it fail as a whole; each component of it has a fence of its own. */
class Fence extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    if (!this.state.error) return this.props.children
    return (
      <div className="dara-card" role="alert">
        <h3 className="dara-card-title">This page could not be drawn</h3>
        <p className="dara-card-subtitle">The browser's console tells why.</p>
        <button type="button" className="dara-reload" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    )
  }
}
