import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Checkbox.css'
import '../fields/choices.css'
import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import { useField } from '../fields/field'
import { fromKey, keyOf, useChoices } from '../fields/options'
import type { Json } from '../protocol'
import { type ComponentProps, useFlag, useNumber, useString, useValue } from '../view/react'

export default function CheckboxGroup({ node }: ComponentProps) {
  const { disabled, readOnly, placeholder: _, ...field } = useField(node)
  const choices = useChoices(node)
  const direction = useString(node, 'direction')
  const isList = useFlag(node, 'list_styling')
  const least = useNumber(node, 'select_min') ?? 0
  const most = useNumber(node, 'select_max') ?? Number.POSITIVE_INFINITY
  const [value, set] = useValue(node, 'value')
  // What is checked while it is too little to be the value; void once the value is another.
  const [draft, setDraft] = useState<{ of: Json; keys: string[] } | null>(null)
  const checked = draft && draft.of === value ? draft.keys : keysOf(value)
  const change = (keys: string[]) => {
    const next = keys.length > checked.length ? inPlace(keys, placeOf) : keys
    const isEnough = next.length >= least
    setDraft(isEnough ? null : { of: value, keys: next })
    if (isEnough) set(next.map(fromKey))
  }
  const placeOf = (key: string) => choices.findIndex((choice) => choice.key === key)
  return (
    <Checkbox.Group {...field} value={checked} onChange={change}>
      <div className="dara-choices" data-direction={direction} data-list={isList || undefined}>
        {choices.map(({ key, label }) => (
          <Checkbox
            key={key}
            value={key}
            size="sm"
            label={label}
            disabled={disabled || readOnly || (checked.length >= most && !checked.includes(key))}
          />
        ))}
      </div>
    </Checkbox.Group>
  )
}

/** Put the last of `keys`, just checked, where it belongs; the others stay, whatever order two people left them in. */
function inPlace(keys: string[], placeOf: (key: string) => number): string[] {
  const [others, key] = [keys.slice(0, -1), keys.at(-1) as string]
  const next = others.findIndex((other) => placeOf(other) > placeOf(key))
  return others.toSpliced(next < 0 ? others.length : next, 0, key)
}

/** Two people who choose the same at once may leave it there twice. */
function keysOf(value: Json): string[] {
  if (Array.isArray(value)) return [...new Set(value.map(keyOf))]
  return value === null ? [] : [keyOf(value)]
}
