import { type HTMLAttributes, useId } from 'react'
import { useInputField } from '../fields/inputField'
import { TextInput } from '../fields/textInput'
import { type ComponentProps, useProp, useString } from '../view/react'
import { textOf } from '../view/values'

/** Types whose inputs hide the caret from scripts: they are drawn as text, with the keyboard of the type. */
const KEYBOARDS: Record<string, HTMLAttributes<HTMLInputElement>['inputMode']> = { email: 'email', url: 'url' }

export default function Input({ node }: ComponentProps) {
  const type = useString(node, 'type') ?? 'text'
  const keyboard = KEYBOARDS[type]
  const suggestions = useProp(node, 'suggestions')
  const listId = useId()
  return (
    <>
      <TextInput
        {...useInputField(node)}
        {...(keyboard ? { type: 'text', inputMode: keyboard, autoComplete: type } : { type })}
        {...(suggestions !== null && { list: listId, autoComplete: 'off' })}
      />
      {Array.isArray(suggestions) && (
        <datalist id={listId}>
          {[...new Set(suggestions.map(textOf))].map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </>
  )
}
