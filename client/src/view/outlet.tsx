/** The levels of the page that the router shows, one inside the other. Levels that two pages share stay mounted. */

import { createContext, type ReactNode, Suspense, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Router, ShownLevel, View } from '../pages/router'
import { PageBoundary } from './errorBoundary'
import { Render } from './render'

export const RouterContext = createContext<Router | null>(null)
/** The levels inside the present one, the outermost first. */
const InnerLevels = createContext<readonly ShownLevel[]>([])

export function useRouter(): Router {
  const router = useContext(RouterContext)
  if (!router) throw new Error('Pages render inside a RouterContext')
  return router
}

export function useView(): View | null {
  const { view } = useRouter()
  return useSyncExternalStore(view.subscribe, view.get)
}

/** Return the present path within the app, percent-encoded. */
export function usePath(): string {
  const { path } = useRouter().location
  return useSyncExternalStore(path.subscribe, path.get)
}

/** The whole page. */
export function PageLevels() {
  const levels = useView()?.levels ?? []
  return (
    <InnerLevels value={levels}>
      <OutletContent />
    </InnerLevels>
  )
}

/** The next level inside the present one. */
export function OutletContent() {
  const [level, ...inner] = useContext(InnerLevels)
  return level ? <Level key={`${level.id} ${level.isLoading}`} level={level} inner={inner} /> : null
}

function Level({ level: { nodes }, inner }: { level: ShownLevel; inner: readonly ShownLevel[] }): ReactNode {
  const content = useMemo(() => <Render nodes={nodes} />, [nodes])
  return (
    <InnerLevels value={inner}>
      <PageBoundary>
        <Suspense>{content}</Suspense>
      </PageBoundary>
    </InnerLevels>
  )
}
