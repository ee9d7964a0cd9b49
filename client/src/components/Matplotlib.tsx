import './Matplotlib.css'
import { type CSSProperties, useEffect, useRef, useState } from 'react'
import { Slices } from '../slices'
import { UnshowableValue } from '../view/later'
import { type ComponentProps, useProp, useText } from '../view/react'
import { useStyle } from '../view/style'
import { isFigure } from './lib/figure'
import { svgElement } from './lib/svg'

/** A figure is as wide as its place, unless its texts would be larger than headings. */
const MAX_SCALE = 2
/** The scale below which a figure scrolls sideways on a narrow page: matplotlib's own texts have more than 9 pixels. */
const MIN_SCALE = 0.7

export default function Matplotlib({ node }: ComponentProps) {
  const figure = useProp(node, 'figure')
  const svg = isFigure(figure) && typeof figure.svg === 'string' ? figure.svg : null
  const { id, style } = useStyle(node)
  const alt = useText(node, 'alt')
  const element = useRef<HTMLElement>(null)
  const [shown, setShown] = useState<string | null>(null)
  useEffect(() => {
    let isWanted = true
    if (svg === null) return
    void svgElement(svg, new Slices()).then((drawn) => {
      if (!isWanted || !drawn) return
      element.current?.replaceChildren(drawn)
      setShown(svg)
    })
    return () => {
      isWanted = false
    }
  }, [svg])
  if (!isFigure(figure) || svg === null) return <UnshowableValue component="Matplotlib" />
  const { width, height, description } = figure
  const isSized = style !== undefined && ('width' in style || 'height' in style)
  const size: CSSProperties = {
    aspectRatio: `${width} / ${height}`,
    maxWidth: MAX_SCALE * Number(width) || undefined,
    ...(!isSized && {
      '--dara-least-width': `${MIN_SCALE * Number(width)}px`,
      '--dara-least-height': `${MIN_SCALE * Number(height)}px`,
    }),
  }
  return (
    <figure
      ref={element}
      id={id}
      className="dara-matplotlib"
      style={{ ...size, ...style }}
      role="img"
      aria-label={alt ?? (typeof description === 'string' ? description : undefined)}
      aria-busy={shown === null}
    />
  )
}
