import { useMemo } from 'react'
import { MenuItem } from '../frame'
import { useLink } from '../link'
import { type ComponentProps, useProp } from '../react'
import { Render } from '../render'
import { rawStyle, useStyle } from '../style'

export default function MenuLink({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const link = useLink(node)
  const icon = useProp<string>(node, 'icon')
  const css = useProp<string>(node, link['aria-current'] ? 'active_css' : 'inactive_css')
  const own = useMemo(() => (css === null ? null : rawStyle(css)), [css])
  return (
    <a {...link} id={id} className="dara-menu-link" style={{ ...style, ...own }}>
      <MenuItem icon={icon}>
        <Render nodes={node.slots.children} />
      </MenuItem>
    </a>
  )
}
