import { useMemo } from 'react'
import { useLink } from '../view/link'
import { type ComponentProps, useString } from '../view/react'
import { Render } from '../view/render'
import { rawStyle, useStyle } from '../view/style'

export default function Link({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const link = useLink(node)
  const css = useString(node, link['aria-current'] ? 'active_css' : 'inactive_css')
  const own = useMemo(() => (css === null ? null : rawStyle(css)), [css])
  return (
    <a {...link} id={id} className="dara-link" style={{ ...style, ...own }}>
      <Render nodes={node.slots.children} />
    </a>
  )
}
