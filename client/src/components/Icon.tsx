import './Icon.css'
import { Glyph } from '../view/icon'
import { type ComponentProps, useString, useWords } from '../view/react'
import { useStyle } from '../view/style'

export default function Icon({ node }: ComponentProps) {
  const icon = useString(node, 'icon')
  const label = useWords(node, 'label')
  return (
    <span {...useStyle(node)} className="dara-icon">
      <Glyph icon={icon ?? ''} label={label} />
    </span>
  )
}
