import { Unshown } from '../fence'
import { stringOf } from '../json'
import { type ComponentProps, useApp, useProp, useWords } from '../react'
import { useStyle } from '../style'

export default function Image({ node }: ComponentProps) {
  const { page } = useApp()
  const { id, style } = useStyle(node)
  const given = useProp(node, 'src')
  const src = stringOf(given)
  const alt = useWords(node, 'alt')
  const address = src?.startsWith('/') && !src.startsWith('//') ? page.base + src : src
  if (given !== null && src === null) return <Unshown what="Image" />
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
