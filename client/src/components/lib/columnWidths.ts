/** The widths of a Table's columns that follow from its texts. No React. */

import type { Json } from '../../protocol'

/** The least and the greatest width of the texts of a column, in widths of a zero. */
const CH = { min: 3, max: 40 }
/** The sizes and weights of values and headings, as in Table.css. */
const FONTS = { value: [0.875, 400], heading: [0.8125, 550] } as const
/** The width beside texts: the padding, and in some headings a menu and the arrow of the order. */
const PADDING = '1.5rem + 2px'
const MENU = { left: '3.25rem + 2px', center: '3.5rem + 2px', right: '2.5rem + 2px' }
/** The padding of a badge, whose text is smaller than others. */
const BADGE_CH = 1
/** The number of texts that are measured, those with the most characters. */
const MEASURED = 3
/** The width of a zero, in the size of the font, where nothing can be measured. */
const ZERO_EM = 0.6
/** The rows that are looked at for the longest number. */
const LOOKED_AT = 2000
const DIGIT = /\d/g

interface Texts {
  heading: string
  values: readonly string[]
  align: 'left' | 'center' | 'right'
  hasMenu: boolean
  isBadge: boolean
}

/** A function that returns the width of a column, and that of its longest text in widths of a zero. */
export type Measure = (texts: Texts) => { width: string; ch: number }

/** Return the function that measures columns in the font of the page. */
export function columnMeasure(): Measure {
  const [ofValue, ofHeading] = [measureIn(...FONTS.value), measureIn(...FONTS.heading)]
  const zero = ofValue('0')
  const clamped = (px: number) => `${Math.ceil(Math.min(Math.max(px, CH.min * zero), CH.max * zero))}px`
  return ({ heading, values, align, hasMenu, isBadge }) => {
    const longest = [...new Set(values)].sort((a, b) => b.length - a.length).slice(0, MEASURED)
    const valuePx = Math.max(0, ...longest.map(ofValue)) + (isBadge ? BADGE_CH * zero : 0)
    const headingPx = ofHeading(heading)
    const ch = Math.max(valuePx, headingPx) / zero
    if (!hasMenu) return { width: `calc(${clamped(Math.max(valuePx, headingPx))} + ${PADDING})`, ch }
    const padding = align === 'right' ? MENU.right : PADDING
    return { width: `max(${clamped(valuePx)} + ${padding}, ${clamped(headingPx)} + ${MENU[align]})`, ch }
  }
}

let canvas: CanvasRenderingContext2D | null | undefined

/** Return the function that measures texts in pixels. Digits are equally wide. */
function measureIn(rem: number, weight: number): (text: string) => number {
  if (typeof document === 'undefined') return (text) => text.length * 16 * rem * ZERO_EM
  canvas ??= document.createElement('canvas').getContext('2d')
  const size = rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`
  return (text) => {
    if (!canvas) return text.length * size * ZERO_EM
    canvas.font = font
    return canvas.measureText(text.slice(0, 2 * CH.max).replace(DIGIT, '0')).width
  }
}

/** Return a sample of rows with those of all whose numbers have more digits, so that no number is cut off. */
export function withLongNumbers<Row extends Readonly<Record<string, Json>>>(
  sample: readonly Row[],
  rows: readonly Row[],
): readonly Row[] {
  const longest = new Map<string, number>()
  const isLonger = (row: Row) => {
    let isLonger = false
    for (const name in row) {
      const length = lengthOf(row[name] ?? null)
      if (length <= (longest.get(name) ?? 0)) continue
      longest.set(name, length)
      isLonger = true
    }
    return isLonger
  }
  for (const row of sample) isLonger(row)
  const step = Math.ceil(rows.length / LOOKED_AT)
  const added = rows.filter((row, at) => (rows.length - 1 - at) % step === 0 && isLonger(row))
  return added.length > 0 ? [...sample, ...added] : sample
}

/** Return the number of characters of a number before its point; 0 for another value. */
function lengthOf(value: Json): number {
  if (typeof value !== 'number') return 0
  return Math.floor(Math.log10(Math.max(1, Math.abs(value)))) + (value < 0 ? 2 : 1)
}
