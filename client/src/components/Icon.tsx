import './Icon.css'
import { Glyph } from '../icon'
import { type ComponentProps, useProp } from '../react'
import { useStyle } from '../style'

export default function Icon({ node }: ComponentProps) {
  const icon = useProp<string>(node, 'icon')
  const label = useProp<string>(node, 'label')
  return (
    <span {...useStyle(node)} className="dara-icon">
      <Glyph icon={icon ?? ''} label={label} />
    </span>
  )
}
