import './Grid.css'
import { type ComponentProps, useProp, useString } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { useTiered } from './lib/grid'

export default function GridColumn({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const direction = useString(node, 'direction')
  const span = useTiered(useProp(node, 'span'))
  const offset = useTiered(useProp(node, 'offset'))
  // The last gap is not within the column. Rounded down a little, so that twelve columns never wrap.
  const width = span !== null && {
    flex: `0 0 calc(var(--dara-step) * ${span} - var(--dara-column-gap) - 0.02px)`,
    minWidth: 0,
  }
  const place = offset !== null && { marginInlineStart: `calc(var(--dara-step) * ${offset})` }
  return (
    <div
      id={id}
      className="dara-grid-column"
      data-direction={direction}
      hidden={span === 0}
      style={{ ...width, ...place, ...style }}
    >
      <Render nodes={node.slots.children} />
    </div>
  )
}
