import { keyOf } from '../variables/computed'
import { Placeholder } from '../view/fallbacks'
import { type ComponentProps, useIsReady, useProp } from '../view/react'
import { Render } from '../view/render'

/** The case with the value, or the default. */
export default function Match({ node }: ComponentProps) {
  const key = keyOf(useProp(node, 'value'))
  const isKnown = useIsReady(node, 'value')
  if (!isKnown) return <Placeholder />
  return <Render nodes={node.slots[`when:${key}`] ?? node.slots.default} />
}
