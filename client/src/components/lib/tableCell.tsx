/** The cells of a Table. */

import type { CSSProperties } from 'react'
import type { Json } from '../../protocol'
import { colorOf } from '../../view/style'
import { memberOf } from '../../view/values'
import { Badge } from './badge'
import { badgeOf, toneOf } from './formatters'
import { Missing } from './missing'
import { type Column, placeOf, type Row } from './table'

/** Longer texts may be cut off, so they are also shown as a tooltip. */
const LONG_CHARACTERS = 20

export function Cell({ column, row }: { column: Column; row: Row }) {
  const value = memberOf(row, column.id)
  const text = column.textOf(value)
  const tone = toneOf(column.formatter, value)
  const place = placeOf(column)
  const Element = column.isRowName ? 'th' : 'td'
  return (
    <Element
      {...(column.isRowName && { scope: 'row' })}
      {...place}
      title={titleOf(value, text)}
      style={{ ...place.style, ...(tone && { color: colorOf(tone, 'text') }) } as CSSProperties}
    >
      <CellContent column={column} row={row} text={text} />
    </Element>
  )
}

/** Return the tooltip of a cell: a text that may be cut off, or a number that is rounded. */
function titleOf(value: Json, text: string): string | undefined {
  if (typeof value === 'number') return String(value) === text ? undefined : String(value)
  return text.length > LONG_CHARACTERS ? text : undefined
}

export function CellContent({ column, row, text }: { column: Column; row: Row; text: string }) {
  const value = memberOf(row, column.id)
  if (value === null) return <Missing />
  switch (column.formatter?.type) {
    case 'link':
      return typeof row.href === 'string' ? <CellLink href={row.href} text={text} /> : text
    case 'code':
      return <code>{text}</code>
    case 'formatted_text':
      return <span className="dara-table-formatted">{text}</span>
    case 'badge': {
      const badge = badgeOf(column.formatter, value)
      return badge ? <Badge {...badge} /> : text
    }
    default:
      return typeof value === 'boolean' && !column.formatter ? <Mark isTrue={value} /> : text
  }
}

/** A link; a click on it is not one on the row. */
function CellLink({ href, text }: { href: string; text: string }) {
  return (
    <a href={href} onClick={(event) => event.stopPropagation()}>
      {text}
    </a>
  )
}

/** A boolean: a check mark or a cross. */
function Mark({ isTrue }: { isTrue: boolean }) {
  return (
    <svg className="dara-table-mark" viewBox="0 0 16 16" role="img" aria-label={String(isTrue)} data-true={isTrue}>
      <path d={isTrue ? 'M3 8.5l3.2 3.2L13 5' : 'M5 5l6 6M11 5l-6 6'} />
    </svg>
  )
}
