/** A For whose items are filtered, sorted, moved, or laid out in a window. */

import type { FocusEvent } from 'react'
import type { Node } from '../../fragments'
import { type ComponentProps, useFlag, useReadonly } from '../../view/react'
import { Render } from '../../view/render'
import { type Draw, type LayOut, type Shown, useArrangedItems } from './arrangedItems'
import { ForItem } from './forItems'
import { MovableItems } from './movableItems'

const NO_NODES: readonly Node[] = []

export function ArrangedList({ node, layOut }: ComponentProps & { layOut: LayOut }) {
  const [shown, hold] = useArrangedItems(node)
  const isReadonly = useReadonly(node, 'items') !== null
  const isMovable = useFlag(node, 'reorderable') === true && !isReadonly
  if (shown.length === 0) return <Render nodes={node.slots.placeholder} />
  const draw: Draw = (each) => <HeldItem key={each.key} node={node} shown={each} onHold={hold} />
  return isMovable ? <MovableItems node={node} shown={shown} draw={draw} layOut={layOut} /> : layOut(shown, draw)
}

interface HeldItemProps extends ComponentProps {
  shown: Shown
  onHold: (key: string | null) => void
}

/** An item that keeps its place while the focus is in a text field of it. */
function HeldItem({ node, shown: { index, key }, onHold }: HeldItemProps) {
  const onFocus = ({ target }: FocusEvent) => isTextField(target) && onHold(key)
  const onBlur = ({ currentTarget, relatedTarget }: FocusEvent) => {
    if (!(isTextField(relatedTarget) && currentTarget.contains(relatedTarget))) onHold(null)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is told of the focus of the fields inside
    <div className="dara-part" onFocus={onFocus} onBlur={onBlur}>
      <ForItem template={node.slots.renderer ?? NO_NODES} list={node.variables.items} index={index} itemKey={key} />
    </div>
  )
}

function isTextField(target: EventTarget | null): target is HTMLElement {
  if (target instanceof HTMLTextAreaElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio'].includes(target.type)
}
