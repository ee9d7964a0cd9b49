/** Draws a page's tree: every component is a chunk of its own, fetched when first used. */

import { type ComponentType, lazy, Suspense } from 'react'
import type { Node } from './protocol'
import type { ComponentProps } from './react'

type Drawn = ComponentType<ComponentProps>

const CHUNKS = import.meta.glob<{ default: Drawn }>('./components/*.tsx')
const COMPONENTS = new Map<string, Drawn>()

export function Render({ nodes }: { nodes: readonly Node[] | undefined }) {
  return nodes?.map((node) => {
    const Component = componentOf(node.component)
    return <Component key={node.id} node={node} />
  })
}

export function Page({ content }: { content: readonly Node[] }) {
  return (
    <Suspense>
      <Render nodes={content} />
    </Suspense>
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
  const module = await CHUNKS[`./components/${name}.tsx`]?.()
  if (module) COMPONENTS.set(name, module.default)
}

function componentOf(name: string): Drawn {
  const known = COMPONENTS.get(name)
  if (known) return known
  const fetch = CHUNKS[`./components/${name}.tsx`]
  if (!fetch) throw new Error(`There is no component ${name} in this build of the client`)
  const waiting = lazy(fetch)
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
