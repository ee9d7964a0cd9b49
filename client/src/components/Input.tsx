import type { HTMLAttributes } from 'react'
import { useInputField } from '../fields/inputField'
import { TextInput } from '../fields/textInput'
import { type ComponentProps, useString } from '../view/react'

/** Types whose inputs hide the caret from scripts: they are drawn as text, with the keyboard of the type. */
const KEYBOARDS: Record<string, HTMLAttributes<HTMLInputElement>['inputMode']> = { email: 'email', url: 'url' }

export default function Input({ node }: ComponentProps) {
  const type = useString(node, 'type') ?? 'text'
  const keyboard = KEYBOARDS[type]
  return (
    <TextInput
      {...useInputField(node)}
      {...(keyboard ? { type: 'text', inputMode: keyboard, autoComplete: type } : { type })}
    />
  )
}
