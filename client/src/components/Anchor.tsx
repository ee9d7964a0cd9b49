import './Anchor.css'
import { type ComponentProps, useFlag, useString, useText } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function Anchor({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const href = useString(node, 'href')
  const name = useText(node, 'name')
  const isClean = useFlag(node, 'clean')
  const opensTab = useFlag(node, 'new_tab')
  return (
    <a
      id={name ?? id}
      style={style}
      className="dara-anchor"
      data-clean={isClean || undefined}
      href={href ?? undefined}
      {...(opensTab && { target: '_blank', rel: 'noopener noreferrer' })}
    >
      <Render nodes={node.slots.children} />
    </a>
  )
}
