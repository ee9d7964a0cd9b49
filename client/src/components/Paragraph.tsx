import type { ComponentProps } from '../react'
import { Render } from '../render'
import { useStyle } from '../style'

export default function Paragraph({ node }: ComponentProps) {
  return (
    // Not a <p>, which may not contain every component.
    <div {...useStyle(node, 'textAlign')} className="dara-paragraph">
      <Render nodes={node.slots.children} />
    </div>
  )
}
