import { keyOf } from '../variables/computed'
import { type ComponentProps, useProp } from '../view/react'
import { Render } from '../view/render'

/** The case with the value, or the default. */
export default function Match({ node }: ComponentProps) {
  const key = keyOf(useProp(node, 'value'))
  return <Render nodes={node.slots[`when:${key}`] ?? node.slots.default} />
}
