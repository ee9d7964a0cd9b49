import { type ComponentProps, useNumber } from '../view/react'
import { useStyle } from '../view/style'
import { useTextContent } from '../view/textContent'

const TAGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const

export default function Heading({ node }: ComponentProps) {
  const { style, ...box } = useStyle(node, 'textAlign')
  const [heading, attributes] = useTextContent<HTMLHeadingElement>(node, 'heading')
  const level = useNumber(node, 'level')
  const Tag = TAGS[(level ?? 1) - 1] ?? 'h1'
  const size = style?.fontSize
  return (
    <Tag
      {...box}
      style={size === undefined ? style : { ...style, fontSize: fittingSize(size) }}
      {...attributes}
      className="dara-heading"
    >
      {heading}
    </Tag>
  )
}

/** Return a size at which common words fit on a phone, whatever the size that is given. */
function fittingSize(size: string | number): string {
  return `min(${typeof size === 'number' ? `${size}px` : size}, 10vw)`
}
