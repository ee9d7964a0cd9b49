import { type ComponentProps, useNumber } from '../view/react'
import { useStyle } from '../view/style'
import { useTextContent } from '../view/textContent'

const TAGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const

export default function Heading({ node }: ComponentProps) {
  const box = useStyle(node, 'textAlign')
  const [heading, element] = useTextContent<HTMLHeadingElement>(node, 'heading')
  const level = useNumber(node, 'level')
  const Tag = TAGS[(level ?? 1) - 1] ?? 'h1'
  return (
    <Tag {...box} ref={element} className="dara-heading">
      {heading}
    </Tag>
  )
}
