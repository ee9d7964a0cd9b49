import type { Json } from '../protocol'
import { type ComponentProps, useProp } from '../react'
import { useStyle } from '../style'

const TAGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const

export default function Heading({ node }: ComponentProps) {
  const box = useStyle(node, 'textAlign')
  const heading = useProp<Json>(node, 'heading')
  const level = useProp<number>(node, 'level')
  const Tag = TAGS[(level ?? 1) - 1] ?? 'h1'
  return (
    <Tag {...box} className="dara-heading">
      {heading === null ? '' : String(heading)}
    </Tag>
  )
}
