import type { ComponentProps } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

/** A placeholder of a component, a line or a page, or another component in its place. */
export default function Fallback({ node }: ComponentProps) {
  const box = useStyle(node)
  const { component } = node.slots
  return component ? (
    <Render nodes={component} />
  ) : (
    <div {...box} className="dara-placeholder" aria-busy role="presentation" />
  )
}
