import type { Node } from '../fragments'
import { type ComponentProps, useFlag, useString } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'

export default function Stack({ node }: ComponentProps) {
  const box = useStyle(node)
  const direction = useString(node, 'direction')
  const isScrolling = useFlag(node, 'scroll')
  const isCollapsed = useFlag(node, 'collapsed')
  const wrap = useFlag(node, 'wrap')
  return (
    <div
      {...box}
      {...alignedOf(box)}
      className="dara-stack"
      data-direction={direction ?? 'vertical'}
      data-wrap={wrap ?? undefined}
      data-filled={node.slots.children?.some(growsIn) || undefined}
      data-item={node.props.is_item === true || undefined}
      data-scroll={isScrolling || undefined}
      // A region that scrolls has to be reachable with the keyboard.
      tabIndex={isScrolling ? 0 : undefined}
      hidden={isCollapsed === true}
    >
      <Render nodes={node.slots.children} />
    </div>
  )
}

/** Return whether a child takes what is left of a row: the fields beside it are as wide as their content then. */
function growsIn({ props, variables }: Node): boolean {
  return Boolean(props.grow ?? variables.grow)
}
