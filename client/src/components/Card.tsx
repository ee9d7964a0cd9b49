import { createContext, useContext } from 'react'
import { type ComponentProps, useProp, useText } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, colorOf, useStyle } from '../view/style'

/** The level of the headings of cards: one lower in a card inside another. */
const Level = createContext<2 | 3 | 4>(2)

export default function Card({ node }: ComponentProps) {
  const box = useStyle(node)
  const title = useText(node, 'title')
  const subtitle = useText(node, 'subtitle')
  const accent = useProp(node, 'accent')
  const level = useContext(Level)
  const Title = `h${level}` as const
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
          {title && <Title className="dara-card-title">{title}</Title>}
          {subtitle && <p className="dara-card-subtitle">{subtitle}</p>}
        </div>
      )}
      <Level value={level === 2 ? 3 : 4}>
        <Render nodes={node.slots.children} />
      </Level>
    </div>
  )
}
