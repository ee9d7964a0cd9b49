import { type ComponentProps, useWords } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

/** What a Form shows at a time, if it has pages. */
export default function FormPage({ node }: ComponentProps) {
  const box = useStyle(node)
  const title = useWords(node, 'title')
  return (
    <section
      {...box}
      className="dara-stack"
      data-direction="vertical"
      data-aligned={box.style?.alignItems !== undefined || undefined}
    >
      {title && <h3 className="dara-heading">{title}</h3>}
      <Render nodes={node.slots.children} />
    </section>
  )
}
