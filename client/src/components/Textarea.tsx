import './Textarea.css'
import { Textarea as MantineTextarea } from '@mantine/core'
import { type CSSProperties, useRef } from 'react'
import { useAutofocus, useField, useText } from '../fields/field'
import { Typists, usePresence } from '../fields/typists'
import { type ComponentProps, useNumber, useProp } from '../view/react'

const MOST_ROWS = 20

type Resize = 'none' | 'both' | 'horizontal' | 'vertical'

/** The browser's own way costs nothing more as a text gets long; the other measures all of it anew for every key. */
const CAN_GROW = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content')

export default function Textarea({ node }: ComponentProps) {
  const { className, style, ...field } = useField(node)
  const textarea = useRef<HTMLTextAreaElement>(null)
  const presence = usePresence(node, 'value')
  const { error } = useText(node, textarea, presence.onEdit)
  const resize = useProp(node, 'resize') as boolean | Resize | null
  const rows = useNumber(node, 'min_rows') ?? 3
  const isSizedByUser = Boolean(resize) && resize !== 'none'
  useAutofocus(node, textarea)
  return (
    <MantineTextarea
      {...field}
      className={`${className} dara-lines`}
      style={{ ...style, '--dara-rows': rows, '--dara-most-rows': Math.max(rows, MOST_ROWS) } as CSSProperties}
      {...(isSizedByUser && { rows, resize: resize === true ? 'vertical' : (resize as Resize) })}
      {...(!isSizedByUser &&
        (CAN_GROW
          ? { rows, 'data-grows': true }
          : { autosize: true, minRows: rows, maxRows: Math.max(rows, MOST_ROWS) }))}
      ref={textarea}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      error={error}
      onFocus={presence.onFocus}
      onBlur={presence.onBlur}
    />
  )
}
