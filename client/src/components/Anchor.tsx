import './Anchor.css'
import { type ComponentProps, useProp } from '../react'
import { Render } from '../render'
import { useStyle } from '../style'

export default function Anchor({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const href = useProp<string>(node, 'href')
  const name = useProp<string>(node, 'name')
  const isClean = useProp<boolean>(node, 'clean')
  const opensTab = useProp<boolean>(node, 'new_tab')
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
