import { type ComponentProps, useApp, useProp } from '../react'
import { useStyle } from '../style'

export default function Image({ node }: ComponentProps) {
  const { page } = useApp()
  const { id, style } = useStyle(node)
  const src = useProp<string>(node, 'src') ?? ''
  const alt = useProp<string>(node, 'alt')
  const address = src.startsWith('/') && !src.startsWith('//') ? page.base + src : src
  return (
    <img
      id={id}
      className="dara-image"
      style={{ alignSelf: 'flex-start', maxWidth: '100%', height: 'auto', ...style }}
      src={address}
      alt={alt ?? ''}
    />
  )
}
