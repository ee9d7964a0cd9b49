import './Icon.css'
import { Glyph } from '../icon'
import { type ComponentProps, useString, useWords } from '../react'
import { useStyle } from '../style'

export default function Icon({ node }: ComponentProps) {
  const icon = useString(node, 'icon')
  const label = useWords(node, 'label')
  return (
    <span {...useStyle(node)} className="dara-icon">
      <Glyph icon={icon ?? ''} label={label} />
    </span>
  )
}
