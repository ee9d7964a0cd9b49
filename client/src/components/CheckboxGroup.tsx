import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Checkbox.css'
import '../choices.css'
import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import { useField } from '../field'
import { fromKey, keyOf, useChoices } from '../options'
import type { Json } from '../protocol'
import { type ComponentProps, useProp, useValue } from '../react'

export default function CheckboxGroup({ node }: ComponentProps) {
  const { disabled, readOnly, placeholder: _, ...field } = useField(node)
  const choices = useChoices(node)
  const direction = useProp<string>(node, 'direction')
  const isList = useProp<boolean>(node, 'list_styling')
  const least = useProp<number>(node, 'select_min') ?? 0
  const most = useProp<number>(node, 'select_max') ?? Number.POSITIVE_INFINITY
  const [value, set] = useValue<Json>(node, 'value')
  // What is checked while it is too little to be the value.
  const [draft, setDraft] = useState<string[] | null>(null)
  const checked = draft ?? keysOf(value)
  const change = (keys: string[]) => {
    const isEnough = keys.length >= least
    setDraft(isEnough ? null : keys)
    if (isEnough) set(keys.toSorted((a, b) => placeOf(a) - placeOf(b)).map(fromKey))
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

function keysOf(value: Json): string[] {
  if (Array.isArray(value)) return value.map(keyOf)
  return value === null ? [] : [keyOf(value)]
}
