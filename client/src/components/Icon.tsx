import './Icon.css'
import { type ComponentProps, useString, useText } from '../view/react'
import { useStyle } from '../view/style'
import { NamedIcon } from './lib/namedIcon'

export default function Icon({ node }: ComponentProps) {
  const icon = useString(node, 'icon')
  const label = useText(node, 'label')
  return (
    <span {...useStyle(node)} className="dara-icon">
      <NamedIcon icon={icon ?? ''} label={label} />
    </span>
  )
}
