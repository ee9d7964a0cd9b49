import './Spacer.css'
import { type ComponentProps, useFlag, useSize } from '../view/react'
import { useStyle } from '../view/style'

export default function Spacer({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const size = useSize(node, 'size')
  const inset = useSize(node, 'inset')
  const hasLine = useFlag(node, 'line')
  return (
    <div
      id={id}
      className="dara-spacer"
      style={{ '--dara-spacer-size': lengthOf(size), '--dara-spacer-inset': lengthOf(inset ?? 0), ...style } as object}
      role={hasLine ? 'separator' : undefined}
    />
  )
}

function lengthOf(size: number | string | null): string {
  return typeof size === 'number' ? `${size}px` : (size ?? '0.75rem')
}
