import type { ComponentProps } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'

/** The content of a tab; TabbedCard draws its title. */
export default function Tab({ node }: ComponentProps) {
  const box = useStyle(node)
  return (
    <div {...box} {...alignedOf(box)} className="dara-stack" data-direction="vertical">
      <Render nodes={node.slots.children} />
    </div>
  )
}
