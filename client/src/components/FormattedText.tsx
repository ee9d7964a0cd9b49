/** A number, a date or a moment in a text, written by a formatter of tables. */

import { useMemo } from 'react'
import { type ComponentProps, useProp } from '../view/react'
import { colorOf, useStyle } from '../view/style'
import { textOf } from '../view/values'
import { formatFunctionOf, formatterOf, toneOf } from './lib/formatters'
import { Missing } from './lib/missing'

export default function FormattedText({ node }: ComponentProps) {
  const value = useProp(node, 'text')
  const box = useStyle(node, 'textAlign')
  const formatter = useMemo(() => formatterOf(node.props.formatter), [node.props.formatter])
  const text = useMemo(() => {
    const format = formatter && (formatFunctionOf(formatter, [value]) ?? PLAIN[formatter.type])
    return format?.(value) ?? textOf(value)
  }, [formatter, value])
  const tone = toneOf(formatter, value)
  return (
    <span
      {...box}
      className="dara-text"
      style={{ ...(tone !== null && { color: colorOf(tone, 'text') }), ...box.style }}
    >
      {value === null ? <Missing /> : text}
    </span>
  )
}

const grouped = (value: unknown) => (typeof value === 'number' ? new Intl.NumberFormat().format(value) : null)
/** The formatters whose function in tables depends on the whole column. */
const PLAIN: Record<string, typeof grouped> = { number: grouped, threshold: grouped }
