import './Textarea.css'
import { Textarea as MantineTextarea } from '@mantine/core'
import { type CSSProperties, useRef } from 'react'
import { useCompletion, useTextBinding } from '../fields/boundField'
import { useAutofocus, useField } from '../fields/field'
import { FieldPresence, useFieldPresence } from '../fields/fieldPresence'
import { type ComponentProps, useNumber, useProp } from '../view/react'

const MAX_ROWS = 20

type Resize = 'none' | 'both' | 'horizontal' | 'vertical'

/** True if the browser can fit a field to its text. The alternative measures the whole text at every key press. */
const HAS_FIELD_SIZING = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content')

export default function Textarea({ node }: ComponentProps) {
  const { className, style, ...field } = useField(node)
  const textarea = useRef<HTMLTextAreaElement>(null)
  const presence = useFieldPresence(node, 'value')
  const bound = useTextBinding(node, textarea, presence.onEdit)
  const { onKeyDown } = useCompletion(node, bound)
  const resize = useProp(node, 'resize') as boolean | Resize | null
  const rows = useNumber(node, 'min_rows') ?? 3
  const isSizedByUser = Boolean(resize) && resize !== 'none'
  useAutofocus(node, textarea)
  return (
    <MantineTextarea
      {...field}
      className={`${className} dara-lines`}
      style={{ ...style, '--dara-rows': rows, '--dara-most-rows': Math.max(rows, MAX_ROWS) } as CSSProperties}
      {...(isSizedByUser && { rows, resize: resize === true ? 'vertical' : (resize as Resize) })}
      {...(!isSizedByUser &&
        (HAS_FIELD_SIZING
          ? { rows, 'data-grows': true }
          : { autosize: true, minRows: rows, maxRows: Math.max(rows, MAX_ROWS) }))}
      ref={textarea}
      inputContainer={(element) => <FieldPresence others={presence.others}>{element}</FieldPresence>}
      error={bound.error}
      onKeyDown={onKeyDown}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        bound.enter()
      }}
    />
  )
}
