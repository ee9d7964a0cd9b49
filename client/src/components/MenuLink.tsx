import { MenuItem } from '../view/menu'
import { type ComponentProps, useString } from '../view/react'
import { Render } from '../view/render'
import { useLink } from './lib/link'

export default function MenuLink({ node }: ComponentProps) {
  const icon = useString(node, 'icon')
  return (
    <a {...useLink(node)} className="dara-menu-link">
      <MenuItem icon={icon}>
        <Render nodes={node.slots.children} />
      </MenuItem>
    </a>
  )
}
