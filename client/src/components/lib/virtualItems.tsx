/** Items of which only those in view are drawn. */

import './virtualItems.css'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, useRef } from 'react'
import { at, isObject } from '../../edits'
import type { Json } from '../../protocol'
import { type ComponentProps, useProp, useSource } from '../../view/react'
import type { Draw, Shown } from './arrangedItems'

/** The height of an item that has not been measured. */
const USUAL_PX = 44
/** The width of one in a horizontal list. */
const USUAL_WIDTH_PX = 240
/** The space between items that are measured. */
const GAP_PX = 12
/** The items that are drawn on either side of those in view. */
const OVERSCAN = 6

interface VirtualItemsProps extends ComponentProps {
  shown: readonly Shown[]
  draw: Draw
}

export function VirtualItems({ node, shown, draw }: VirtualItemsProps) {
  const frame = useRef<HTMLDivElement>(null)
  const settings = useProp(node, 'virtualization')
  const list = useSource(node, 'items')
  const { size = null, direction = null } = isObject(settings) ? settings : {}
  const horizontal = direction === 'horizontal'
  const gap = size === null ? GAP_PX : 0
  const sizeOf = (position: number) => sizeIn(size, () => at(list?.get() ?? null, [shown[position]?.index ?? 0]))
  const virtual = useVirtualizer({
    count: shown.length,
    horizontal,
    gap,
    overscan: OVERSCAN,
    getScrollElement: () => frame.current,
    getItemKey: (position) => shown[position]?.key ?? position,
    estimateSize: (position) => sizeOf(position) ?? (horizontal ? USUAL_WIDTH_PX : USUAL_PX),
  })
  const drawn = virtual.getVirtualItems()
  const length = (pixels: number): CSSProperties => (horizontal ? { width: pixels } : { height: pixels })
  const before = drawn[0]?.start ?? 0
  const space = horizontal ? { paddingInlineStart: before } : { paddingBlockStart: before }
  return (
    <div ref={frame} className="dara-window" data-horizontal={horizontal || undefined}>
      <div style={{ ...length(virtual.getTotalSize()), ...space, gap }}>
        {drawn.map(({ key, index }) => {
          const px = sizeOf(index)
          return (
            <div
              key={key}
              ref={px === null ? virtual.measureElement : undefined}
              data-index={index}
              className="dara-window-item"
              style={px === null ? undefined : length(px)}
            >
              {draw(shown[index] as Shown, index)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Return the size of an item in pixels, given as a number or as a member of the item; `null` if it has none. */
function sizeIn(size: Json, itemOf: () => Json | undefined): number | null {
  const given = typeof size === 'string' ? at(itemOf() ?? null, size.split('.')) : size
  return typeof given === 'number' && given > 0 ? given : null
}
