import { UnshowableValue } from '../view/later'
import { type ComponentProps, useApp, useProp, useText } from '../view/react'
import { useStyle } from '../view/style'
import { stringOf } from '../view/values'

export default function Image({ node }: ComponentProps) {
  const { page } = useApp()
  const { id, style } = useStyle(node)
  const given = useProp(node, 'src')
  const src = stringOf(given)
  const alt = useText(node, 'alt')
  const address = src?.startsWith('/') && !src.startsWith('//') ? page.base + src : src
  if (given !== null && src === null) return <UnshowableValue component="Image" />
  return (
    <img
      id={id}
      className="dara-image"
      style={{ alignSelf: 'flex-start', maxWidth: '100%', height: 'auto', ...style }}
      src={address || undefined}
      alt={alt ?? ''}
    />
  )
}
