import { TextInput } from '@mantine/core'
import { type HTMLAttributes, useRef } from 'react'
import { useAutofocus, useComplete, useField, useText } from '../fields/field'
import { Typists, usePresence } from '../fields/typists'
import { type ComponentProps, useString } from '../view/react'

/** These have no caret that could stay where it is, so they are drawn as text, with the keyboard that they call for. */
const KEYBOARDS: Record<string, HTMLAttributes<HTMLInputElement>['inputMode']> = { email: 'email', url: 'url' }

export default function Input({ node }: ComponentProps) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const type = useString(node, 'type') ?? 'text'
  const keyboard = KEYBOARDS[type]
  const presence = usePresence(node, 'value')
  const text = useText(node, input, () => {
    completion.onEdit()
    presence.onEdit()
  })
  const completion = useComplete(node, text)
  useAutofocus(node, input)
  return (
    <TextInput
      {...field}
      ref={input}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      {...(keyboard ? { type: 'text', inputMode: keyboard, autoComplete: type } : { type })}
      error={text.error}
      onKeyDown={completion.onKeyDown}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        completion.onBlur()
      }}
    />
  )
}
