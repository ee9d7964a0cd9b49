import './Grid.css'
import { useMemo } from 'react'
import { DEFAULT_TIERS, TiersContext, tiersOf } from '../grid'
import type { Json } from '../protocol'
import { type ComponentProps, useProp } from '../react'
import { Render } from '../render'
import { useStyle } from '../style'

export default function Grid({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const gap = useProp<number | string>(node, 'row_gap')
  const breakpoints = useProp<Json>(node, 'breakpoints')
  const tiers = useMemo(() => ({ ...DEFAULT_TIERS, ...tiersOf(breakpoints) }), [breakpoints])
  return (
    <div id={id} className="dara-grid" style={{ rowGap: gap ?? undefined, ...style }}>
      <TiersContext value={tiers}>
        <Render nodes={node.slots.children} />
      </TiersContext>
    </div>
  )
}
