import { type ComponentProps, useText } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'

/** One page of a Form, which shows one at a time. */
export default function FormPage({ node }: ComponentProps) {
  const box = useStyle(node)
  const title = useText(node, 'title')
  return (
    <section {...box} {...alignedOf(box)} className="dara-stack" data-direction="vertical">
      {title && <h3 className="dara-heading">{title}</h3>}
      <Render nodes={node.slots.children} />
    </section>
  )
}
