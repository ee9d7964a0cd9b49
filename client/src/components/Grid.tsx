import './Grid.css'
import { useMemo } from 'react'
import { type ComponentProps, useProp, useSize } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { BreakpointsContext, DEFAULT_BREAKPOINTS, readBreakpoints } from './lib/grid'

export default function Grid({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const gap = useSize(node, 'row_gap')
  const given = useProp(node, 'breakpoints')
  const breakpoints = useMemo(() => ({ ...DEFAULT_BREAKPOINTS, ...readBreakpoints(given) }), [given])
  return (
    <div id={id} className="dara-grid" style={{ rowGap: gap ?? undefined, ...style }}>
      <BreakpointsContext value={breakpoints}>
        <Render nodes={node.slots.children} />
      </BreakpointsContext>
    </div>
  )
}
