import { useMemo, useSyncExternalStore } from 'react'
import { truthy } from '../variables/computed'
import { type ComponentProps, useApp, useProp } from '../view/react'
import { Render } from '../view/render'

/** Nothing while it is not known yet which of the two it is. */
export default function If({ node }: ComponentProps) {
  const isTrue = truthy(useProp(node, 'condition'))
  const isKnown = useIsKnown(node.variables.condition)
  return isKnown && <Render nodes={isTrue ? node.slots.true_children : node.slots.false_children} />
}

function useIsKnown(ref: ComponentProps['node']['variables'][string] | undefined): boolean {
  const app = useApp()
  const source = useMemo(() => (ref ? app.graph.source(ref) : null), [app, ref])
  return useSyncExternalStore(source?.subscribe ?? NEVER, () => source?.isReady ?? true)
}

const NEVER = () => () => {}
