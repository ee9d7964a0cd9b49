import './Grid.css'
import { useMemo } from 'react'
import { type ComponentProps, useProp, useSize } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { DEFAULT_TIERS, TiersContext, tiersOf } from './lib/grid'

export default function Grid({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const gap = useSize(node, 'row_gap')
  const breakpoints = useProp(node, 'breakpoints')
  const tiers = useMemo(() => ({ ...DEFAULT_TIERS, ...tiersOf(breakpoints) }), [breakpoints])
  return (
    <div id={id} className="dara-grid" style={{ rowGap: gap ?? undefined, ...style }}>
      <TiersContext value={tiers}>
        <Render nodes={node.slots.children} />
      </TiersContext>
    </div>
  )
}
