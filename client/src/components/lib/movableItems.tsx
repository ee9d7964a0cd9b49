/** Items that the user moves by a handle beside each: with a mouse, a finger, a pen or the keyboard. */

import './movableItems.css'
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react'
import { LIST } from '../../messages/list'
import type { Source } from '../../variables/source'
import { type ComponentProps, useSource } from '../../view/react'
import type { Draw, LayOut, Shown } from './arrangedItems'

/** The item that is being dragged, the way of the pointer, and the place where it would be dropped. */
interface Drag {
  key: string
  way: Way
  position: number
}

interface MovableItemsProps extends ComponentProps {
  shown: readonly Shown[]
  draw: Draw
  layOut: LayOut
}

export function MovableItems({ node, shown, draw, layOut }: MovableItemsProps) {
  const id = useId()
  const list = useSource(node, 'items')
  const [drag, setDrag] = useState<Drag | null>(null)
  const [announced, setAnnounced] = useState('')
  const positionOf = (key: string) => shown.findIndex((each) => each.key === key)
  const move = (key: string, position: number) => {
    const from = positionOf(key)
    const to = Math.min(Math.max(position, 0), shown.length - 1)
    if (!list || from < 0 || from === to) return
    moveItem(list, shown, from, to)
    setAnnounced(LIST.moved(to + 1, shown.length))
  }
  const end = (isDropped: boolean) => {
    if (isDropped && drag) move(drag.key, drag.position)
    setDrag(null)
  }
  const dragged = drag && { ...drag, from: positionOf(drag.key) }
  const drawMovable: Draw = (each, position) => {
    const isDragged = dragged?.key === each.key
    const isTarget = dragged !== null && !isDragged && dragged.position === position
    return (
      <div
        key={each.key}
        className="dara-movable"
        data-list={id}
        data-position={position}
        data-dragged={isDragged || undefined}
        data-drop={isTarget ? (dragged.from < position ? 'after' : 'before') : undefined}
        style={isDragged ? { translate: dragged.way.map((pixels) => `${pixels}px`).join(' ') } : undefined}
      >
        <Handle
          label={LIST.move(position + 1, shown.length)}
          onStep={(step) => move(each.key, position + step)}
          onDrag={(way, target) => setDrag({ key: each.key, way, position: target })}
          onEnd={end}
        />
        <div className="dara-movable-item">{draw(each, position)}</div>
      </div>
    )
  }
  return (
    <>
      {layOut(shown, drawMovable)}
      <span className="dara-announced" role="status">
        {announced}
      </span>
    </>
  )
}

/** Move the item at one position of those that are shown to another one; those that are not shown stay in their order. */
function moveItem(list: Source, shown: readonly Shown[], from: number, to: number): void {
  const [source, target] = [shown[from]?.index, shown[to]?.index]
  if (source === undefined || target === undefined) return
  list.edit([{ op: 'move', from: [source], path: [target] }])
}

/** The way that a pointer has moved since a drag began, in pixels. */
type Way = [x: number, y: number]

interface HandleProps {
  label: string
  /** Move the item by so many positions. */
  onStep: (step: number) => void
  /** The pointer has moved so far, to the item at a position. */
  onDrag: (way: Way, position: number) => void
  onEnd: (isDropped: boolean) => void
}

const STEPS: Record<string, number> = {
  ArrowUp: -1,
  ArrowLeft: -1,
  ArrowDown: 1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

function Handle({ label, onStep, onDrag, onEnd }: HandleProps) {
  const drag = useRef<{ start: Way; way: Way } | null>(null)
  const finish = (isDropped: boolean) => {
    if (!drag.current) return
    drag.current = null
    onEnd(isDropped)
  }
  const onPointerDown = ({ currentTarget, pointerId, clientX, clientY, button }: PointerEvent) => {
    if (button !== 0) return
    currentTarget.setPointerCapture(pointerId)
    drag.current = { start: [clientX, clientY], way: [0, 0] }
  }
  const onPointerMove = ({ currentTarget, clientX, clientY }: PointerEvent) => {
    const { start, way } = drag.current ?? {}
    const item = currentTarget.closest<HTMLElement>('.dara-movable')
    if (!start || !way || !item) return
    const target = nearestTo(item, way, clientX, clientY)
    target.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    drag.current = { start, way: [clientX - start[0], clientY - start[1]] }
    onDrag(drag.current.way, Number(target.dataset.position))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (event.key === 'Escape') finish(false)
    if (step === undefined) return
    event.preventDefault()
    onStep(step)
  }
  return (
    <button
      type="button"
      className="dara-handle"
      aria-label={label}
      title={LIST.hint}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => finish(true)}
      onPointerCancel={() => finish(false)}
      onKeyDown={onKeyDown}
    >
      <svg viewBox="0 0 10 16" aria-hidden="true">
        {DOTS.map(([x, y]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r="1.4" />
        ))}
      </svg>
    </button>
  )
}

const DOTS = [3, 8, 13].flatMap((y) => [2, 8].map((x) => [x, y] as const))

/** Return the item of the same list whose place is nearest to a point; `way` is how far the dragged item is from its own. */
function nearestTo(dragged: HTMLElement, way: Way, x: number, y: number): HTMLElement {
  const distanceOf = (item: HTMLElement) => {
    const { left, top, width, height } = item.getBoundingClientRect()
    const [aside, down] = item === dragged ? way : [0, 0]
    return Math.hypot(left - aside + width / 2 - x, top - down + height / 2 - y)
  }
  const items = document.querySelectorAll<HTMLElement>(`[data-list="${dragged.dataset.list}"]`)
  return [...items].reduce((nearest, each) => (distanceOf(each) < distanceOf(nearest) ? each : nearest), dragged)
}
