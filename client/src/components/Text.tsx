import { type ComponentProps, useFlag, useText } from '../view/react'
import { useStyle } from '../view/style'

export default function Text({ node }: ComponentProps) {
  const text = useText(node, 'text')
  const isFormatted = useFlag(node, 'formatted')
  return (
    <span {...useStyle(node, 'textAlign')} className="dara-text" data-formatted={isFormatted || undefined}>
      {text}
    </span>
  )
}
