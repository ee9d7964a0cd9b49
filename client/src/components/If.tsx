import { truthy } from '../variables/computed'
import { type ComponentProps, useIsReady, useProp } from '../view/react'
import { NodeFallback, Render } from '../view/render'

/** One of two lists of children, by a condition; nothing until the condition is known. */
export default function If({ node }: ComponentProps) {
  const isTrue = truthy(useProp(node, 'condition'))
  const isKnown = useIsReady(node, 'condition')
  if (!isKnown) return node.slots.fallback && <NodeFallback node={node} />
  return <Render nodes={isTrue ? node.slots.true_children : node.slots.false_children} />
}
