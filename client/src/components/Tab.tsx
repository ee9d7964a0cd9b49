import type { ComponentProps } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

/** What shows while a tab is selected; TabbedCard draws its title. */
export default function Tab({ node }: ComponentProps) {
  const box = useStyle(node)
  return (
    <div
      {...box}
      className="dara-stack"
      data-aligned={box.style?.alignItems !== undefined || undefined}
      data-direction="vertical"
    >
      <Render nodes={node.slots.children} />
    </div>
  )
}
