import { type ComponentProps, useProp, useText } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, colorOf, useStyle } from '../view/style'

export default function Card({ node }: ComponentProps) {
  const box = useStyle(node)
  const title = useText(node, 'title')
  const subtitle = useText(node, 'subtitle')
  const accent = useProp(node, 'accent')
  const accentColor = accent && {
    '--dara-accent': colorOf(typeof accent === 'string' ? accent : 'primary', 'filled'),
  }
  return (
    <div
      {...box}
      {...alignedOf(box)}
      className="dara-card"
      style={{ ...accentColor, ...box.style }}
      data-accent={accent ? true : undefined}
    >
      {(title || subtitle) && (
        <div className="dara-card-header">
          {title && <h3 className="dara-card-title">{title}</h3>}
          {subtitle && <p className="dara-card-subtitle">{subtitle}</p>}
        </div>
      )}
      <Render nodes={node.slots.children} />
    </div>
  )
}
