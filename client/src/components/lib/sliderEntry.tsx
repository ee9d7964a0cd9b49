/** The fields that take the place of a slider's rail, to type its value. */

import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { numberOf } from '../../view/values'

interface NumberEntryProps {
  name: string
  value: number
  onChange: (value: number) => void
}

/** A field for one number. It takes effect when Enter is pressed or the field is left. */
export function NumberEntry({ name, value, onChange }: NumberEntryProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const finish = () => {
    const number = numberOf(typed)
    if (number !== null) onChange(number)
    setTyped(null)
  }
  return (
    <TextInput
      aria-label={name}
      inputMode="decimal"
      size="xs"
      value={typed ?? String(value)}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
      onBlur={finish}
    />
  )
}
