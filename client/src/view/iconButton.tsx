/** Line icons that are drawn in place, and buttons that show nothing else. */

import './iconButton.css'
import type { ButtonHTMLAttributes } from 'react'

interface GlyphProps {
  /** The lines, as an SVG path. */
  d: string
  /** The width and height on the page, in pixels. */
  size?: number
  /** The width and height of the path's coordinates. */
  box?: number
  strokeWidth?: number
}

export function Glyph({ d, size = 18, box = 20, strokeWidth = 1.6 }: GlyphProps) {
  return (
    <svg
      viewBox={`0 0 ${box} ${box}`}
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={d} />
    </svg>
  )
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string
  glyph: GlyphProps
}

export function IconButton({ label, glyph, className = '', type = 'button', ...props }: IconButtonProps) {
  return (
    <button {...props} type={type} className={`dara-icon-button ${className}`} aria-label={label}>
      <Glyph {...glyph} />
    </button>
  )
}
