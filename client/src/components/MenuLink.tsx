import { useMemo } from 'react'
import { MenuItem } from '../view/frame'
import { useLink } from '../view/link'
import { type ComponentProps, useString } from '../view/react'
import { Render } from '../view/render'
import { rawStyle, useStyle } from '../view/style'

export default function MenuLink({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const link = useLink(node)
  const icon = useString(node, 'icon')
  const css = useString(node, link['aria-current'] ? 'active_css' : 'inactive_css')
  const own = useMemo(() => (css === null ? null : rawStyle(css)), [css])
  return (
    <a {...link} id={id} className="dara-menu-link" style={{ ...style, ...own }}>
      <MenuItem icon={icon}>
        <Render nodes={node.slots.children} />
      </MenuItem>
    </a>
  )
}
