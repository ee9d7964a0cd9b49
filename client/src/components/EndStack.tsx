import './EndStack.css'
import { useLayoutEffect, useRef, useState } from 'react'
import { ENDS } from '../messages/ends'
import { type ComponentProps, useApp, useFlag } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'

/** The distance from the end, in pixels, at which a reader counts as being there. */
const NEAR_PX = 24

/** The component for a `Stack` with `scroll='end'`: what is added shows, unless the reader has scrolled back. */
export default function EndStack({ node }: ComponentProps) {
  const { id, style: { gap, alignItems, justifyContent, ...style } = {} } = useStyle(node)
  const isCollapsed = useFlag(node, 'collapsed')
  const { frame, content, place, onScroll, goToEnd } = useEnd()
  const inner = { ...(gap !== undefined && { gap }), alignItems, justifyContent }
  return (
    <div
      id={id}
      ref={frame}
      className="dara-end"
      style={style}
      role="log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
      tabIndex={0}
      hidden={isCollapsed === true}
      onScroll={onScroll}
    >
      <div
        ref={content}
        className="dara-stack"
        data-direction="vertical"
        style={inner}
        {...alignedOf({ style: inner })}
      >
        <Render nodes={node.slots.children} />
      </div>
      {place !== 'end' && (
        <button type="button" className="dara-to-end" data-new={place === 'behind' || undefined} onClick={goToEnd}>
          ↓ {place === 'behind' ? ENDS.hasMore : ENDS.toEnd}
        </button>
      )}
    </div>
  )
}

/** The place of the reader: at the end, before it, or before content that has come since. */
type Place = 'end' | 'before' | 'behind'

/** Keep an element at the end of its content while the reader is there, and go there with what the reader adds. */
function useEnd() {
  const { graph } = useApp()
  const frame = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  // How far it could be scrolled when its size was last observed.
  const seen = useRef(0)
  const [place, setPlace] = useState<Place>('end')
  const goToEnd = () => frame.current?.scrollTo({ top: frame.current.scrollHeight })
  useLayoutEffect(() => {
    let height = 0
    let isPressedOutside = false
    const onPress = ({ target, type, key }: Event & { key?: string }) => {
      if (type === 'click' || key === 'Enter') isPressedOutside = !frame.current?.contains(target as Element)
    }
    for (const type of ['click', 'keydown']) document.addEventListener(type, onPress, true)
    const observer = new ResizeObserver(() => {
      const present = content.current?.offsetHeight ?? 0
      const isOwn = present > height && isPressedOutside && graph.presses.isRunning
      if (isOwn) isPressedOutside = false
      if (isAtEnd.current || isOwn) goToEnd()
      else if (present > height) setPlace('behind')
      height = present
      seen.current = lengthOf(frame.current)
    })
    for (const each of [frame.current, content.current]) if (each) observer.observe(each)
    return () => {
      observer.disconnect()
      for (const type of ['click', 'keydown']) document.removeEventListener(type, onPress, true)
    }
  }, [graph])
  const onScroll = () => {
    // The event comes late: whoever was at the end is not behind what has been added since.
    const end = Math.min(seen.current, lengthOf(frame.current))
    isAtEnd.current = end - (frame.current?.scrollTop ?? 0) < NEAR_PX
    setPlace((before) => (isAtEnd.current ? 'end' : before === 'end' ? 'before' : before))
  }
  return { frame, content, place, onScroll, goToEnd }
}

/** Return how far an element can be scrolled, in pixels. */
function lengthOf(frame: HTMLElement | null): number {
  return frame ? frame.scrollHeight - frame.clientHeight : 0
}
