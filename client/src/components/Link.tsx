import './Link.css'
import type { ComponentProps } from '../view/react'
import { Render } from '../view/render'
import { useLink } from './lib/link'

export default function Link({ node }: ComponentProps) {
  return (
    <a {...useLink(node)} className="dara-link">
      <Render nodes={node.slots.children} />
    </a>
  )
}
