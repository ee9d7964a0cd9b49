import type { ComponentProps } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function Paragraph({ node }: ComponentProps) {
  return (
    // Not a <p>, which must not contain block elements.
    <div {...useStyle(node, 'textAlign')} className="dara-paragraph">
      <Render nodes={node.slots.children} />
    </div>
  )
}
