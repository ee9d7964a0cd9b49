/** Draws a page's tree: every component is a chunk of its own, fetched when first used. */

import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from 'react'
import type { Node } from './protocol'
import type { ComponentProps } from './react'

type Module = { default: ComponentType<ComponentProps> }

const MODULES = import.meta.glob<Module>('./components/*.tsx')
const COMPONENTS = new Map<string, LazyExoticComponent<Module['default']>>(
  Object.entries(MODULES).map(([path, load]) => [path.slice('./components/'.length, -'.tsx'.length), lazy(load)]),
)

export function Render({ nodes }: { nodes: readonly Node[] | undefined }) {
  return nodes?.map((node) => {
    const Component = COMPONENTS.get(node.component)
    if (!Component) throw new Error(`There is no component ${node.component} in this build of the client`)
    return <Component key={node.id} node={node} />
  })
}

/** Fetch the code of the components in `nodes`, so that the page appears at once and whole. */
export async function preload(nodes: readonly Node[]): Promise<void> {
  await Promise.all([...componentsIn(nodes)].map((name) => MODULES[`./components/${name}.tsx`]?.()))
}

function componentsIn(nodes: readonly Node[], found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    found.add(node.component)
    for (const slot of Object.values(node.slots)) componentsIn(slot, found)
  }
  return found
}

export function Page({ content }: { content: readonly Node[] }) {
  return (
    <Suspense>
      <Render nodes={content} />
    </Suspense>
  )
}
