import './Grid.css'
import { type ComponentProps, useProp, useString } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { useResponsiveNumber } from './lib/grid'

export default function GridColumn({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const direction = useString(node, 'direction')
  const span = useResponsiveNumber(useProp(node, 'span'))
  const offset = useResponsiveNumber(useProp(node, 'offset'))
  // The width ends before the gap, and is a little smaller than exact, so that twelve columns never wrap.
  const width = span !== null && {
    flex: `0 0 calc(var(--dara-step) * ${span} - var(--dara-column-gap) - 0.02px)`,
    minWidth: 0,
  }
  const margin = offset !== null && { marginInlineStart: `calc(var(--dara-step) * ${offset})` }
  return (
    <div
      id={id}
      className="dara-grid-column"
      data-direction={direction}
      hidden={span === 0}
      style={{ ...width, ...margin, ...style }}
    >
      <Render nodes={node.slots.children} />
    </div>
  )
}
