import type { Json } from '../protocol'
import { type ComponentProps, useProp } from '../react'
import { useStyle } from '../style'

export default function Text({ node }: ComponentProps) {
  const text = useProp(node, 'text')
  const isFormatted = useProp<boolean>(node, 'formatted')
  return (
    <span {...useStyle(node, 'textAlign')} className="dara-text" data-formatted={isFormatted || undefined}>
      {textOf(text)}
    </span>
  )
}

function textOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
