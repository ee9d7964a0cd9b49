import { type ComponentProps, useFlag } from '../view/react'
import { useStyle } from '../view/style'
import { useTextContent } from '../view/textContent'

export default function Text({ node }: ComponentProps) {
  const [text, attributes] = useTextContent<HTMLSpanElement>(node, 'text')
  const isFormatted = useFlag(node, 'formatted')
  return (
    <span
      {...useStyle(node, 'textAlign')}
      {...attributes}
      className="dara-text"
      data-formatted={isFormatted || undefined}
    >
      {text}
    </span>
  )
}
