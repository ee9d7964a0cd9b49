import { type ComponentProps, useProp, useWords } from '../view/react'
import { Render } from '../view/render'
import { colorOf, useStyle } from '../view/style'

export default function Card({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const title = useWords(node, 'title')
  const subtitle = useWords(node, 'subtitle')
  const accent = useProp(node, 'accent')
  const accentColor = accent && {
    '--dara-accent': colorOf(typeof accent === 'string' ? accent : 'primary', 'filled'),
  }
  return (
    <div
      id={id}
      className="dara-card"
      style={{ ...accentColor, ...style }}
      data-accent={accent ? true : undefined}
      data-aligned={style?.alignItems !== undefined || undefined}
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
