import './Grid.css'
import { type ComponentProps, useNumber } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function GridRow({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const gap = useNumber(node, 'column_gap')
  const given = gap !== null && { '--dara-column-gap': `${gap}%` }
  return (
    <div id={id} className="dara-grid-row" style={{ ...given, ...style }}>
      <Render nodes={node.slots.children} />
    </div>
  )
}
