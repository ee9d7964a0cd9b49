/** The fields that take the place of a slider's rail, to type its value. */

import { useState } from 'react'
import { limited } from '../../fields/limits'
import { NUMBERS } from '../../fields/numbers'
import { TextInput } from '../../fields/textInput'
import { LIMIT } from '../../messages/limits'
import { useApp } from '../../view/react'
import type { Range, Scale } from './scale'

interface NumberEntryProps {
  name: string
  value: number
  scale: Scale
  bounds: Range
  onChange: (value: number) => void
}

/** A field for one number. It takes effect when Enter is pressed or the field is left; what it refuses stays. */
export default function NumberEntry({ name, value, scale, bounds: [min, max], onChange }: NumberEntryProps) {
  const { pointer } = useApp()
  const [typed, setTyped] = useState<string | null>(null)
  const [isTried, setTried] = useState(false)
  const text = typed ?? String(value)
  const read = (): number | string => {
    const result = limited(NUMBERS, { min, max }).parse(text, value, true)
    if (!('value' in result)) return result.reason
    if (typeof result.value !== 'number') return LIMIT.required
    const [below, above] = scale.around(result.value)
    return result.value === below || result.value === above ? result.value : LIMIT.betweenSteps(below, above)
  }
  const discard = () => {
    setTyped(null)
    setTried(false)
  }
  const finish = () => {
    if (typed === null || typed === String(value)) return discard()
    const number = read()
    if (typeof number === 'string') return setTried(true)
    onChange(number)
    discard()
  }
  const reason = isTried && read()
  return (
    <TextInput
      className="dara-field"
      aria-label={name}
      inputMode="decimal"
      autoComplete="off"
      error={typeof reason === 'string' && reason}
      value={text}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={({ key }) => {
        if (key === 'Enter') finish()
        if (key === 'Escape') discard()
      }}
      onBlur={() => pointer.whenReleased(finish)}
    />
  )
}
