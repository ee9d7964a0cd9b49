import { TextInput } from '@mantine/core'
import { useRef } from 'react'
import { textOf, useAutofocus, useComplete, useField, useSteadyCaret, useTyped } from '../field'
import type { Json } from '../protocol'
import { type ComponentProps, useProp, useValue } from '../react'
import { Typists, usePresence } from '../typists'

export default function Input({ node }: ComponentProps) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const type = useProp<string>(node, 'type') ?? 'text'
  const [value, set] = useValue<Json>(node, 'value')
  const { typed, error, type: keep, leave } = useTyped(node)
  const completion = useComplete(node, value)
  const presence = usePresence(node, 'value')
  useAutofocus(node, input)
  useSteadyCaret(input)
  return (
    <TextInput
      {...field}
      ref={input}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      type={type}
      value={error !== null && typed !== null ? typed : textOf(value)}
      error={error}
      onChange={(event) => {
        keep(event.currentTarget.value)
        completion.onEdit()
        presence.onEdit()
        set(event.currentTarget.value)
      }}
      onKeyDown={completion.onKeyDown}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        leave()
        completion.onBlur()
      }}
    />
  )
}
