import { Textarea as MantineTextarea } from '@mantine/core'
import { useRef } from 'react'
import { textOf, useAutofocus, useField, useSteadyCaret, useTyped } from '../field'
import type { Json } from '../protocol'
import { type ComponentProps, useProp, useValue } from '../react'
import { Typists, usePresence } from '../typists'

type Resize = 'none' | 'both' | 'horizontal' | 'vertical'

export default function Textarea({ node }: ComponentProps) {
  const field = useField(node)
  const textarea = useRef<HTMLTextAreaElement>(null)
  const [value, set] = useValue<Json>(node, 'value')
  const { typed, error, type, leave } = useTyped(node)
  const presence = usePresence(node, 'value')
  const resize = useProp<boolean | Resize>(node, 'resize')
  const rows = useProp<number>(node, 'min_rows') ?? 3
  const isSizedByUser = Boolean(resize) && resize !== 'none'
  useAutofocus(node, textarea)
  useSteadyCaret(textarea)
  return (
    <MantineTextarea
      {...field}
      {...(isSizedByUser
        ? { rows, resize: resize === true ? 'vertical' : (resize as Resize) }
        : { autosize: true, minRows: rows, maxRows: Math.max(rows, 20) })}
      ref={textarea}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      value={error !== null && typed !== null ? typed : textOf(value)}
      error={error}
      onChange={(event) => {
        type(event.currentTarget.value)
        presence.onEdit()
        set(event.currentTarget.value)
      }}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        leave()
      }}
    />
  )
}
