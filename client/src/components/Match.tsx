import { keyOf } from '../variables/computed'
import { type ComponentProps, useIsReady, useProp } from '../view/react'
import { NodeFallback, Render } from '../view/render'

/** The case with the value, or the default. */
export default function Match({ node }: ComponentProps) {
  const key = keyOf(useProp(node, 'value'))
  const isKnown = useIsReady(node, 'value')
  if (!isKnown) return <NodeFallback node={node} />
  return <Render nodes={node.slots[`when:${key}`] ?? node.slots.default} />
}
