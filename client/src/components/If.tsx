import { truthy } from '../variables/computed'
import { type ComponentProps, useProp } from '../view/react'
import { Render } from '../view/render'

/** One of two lists of children, by a condition; nothing until the condition is known. */
export default function If({ node }: ComponentProps) {
  const isTrue = truthy(useProp(node, 'condition'))
  return <Render nodes={isTrue ? node.slots.true_children : node.slots.false_children} />
}
