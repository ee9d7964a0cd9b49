import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Checkbox.css'
import '../fields/choices.css'
import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import { foreignOptions, fromKey, keyOf, labelIn, useChoices } from '../fields/choices'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import type { Json } from '../protocol'
import { type ComponentProps, useFlag, useNumber, useString } from '../view/react'

export default function CheckboxGroup({ node }: ComponentProps) {
  const { disabled, readOnly, placeholder: _, ...field } = useField(node)
  const choices = useChoices(node)
  const direction = useString(node, 'direction')
  const isList = useFlag(node, 'list_styling')
  const min = useNumber(node, 'select_min') ?? 0
  const max = useNumber(node, 'select_max') ?? Number.POSITIVE_INFINITY
  const [value, set, error] = useFieldValue(node, 'set', (value) => labelIn(choices, value))
  // The checked keys while they are too few for a value; dropped when the value changes.
  const [draft, setDraft] = useState<{ value: Json; keys: string[] } | null>(null)
  const checked = draft && draft.value === value ? draft.keys : keysOf(value)
  const change = (keys: string[]) => {
    const next = keys.length > checked.length ? withLastInOrder(keys, indexOf) : keys
    const isEnough = next.length >= min
    setDraft(isEnough ? null : { value, keys: next })
    if (isEnough) set(next.map(fromKey))
  }
  const indexOf = (key: string) => choices.findIndex((choice) => choice.key === key)
  return (
    <Checkbox.Group {...field} error={error} value={checked} onChange={change}>
      <div className="dara-choices" data-direction={direction} data-list={isList || undefined}>
        {choices.map(({ key, label }) => (
          <Checkbox
            key={key}
            value={key}
            size="sm"
            label={label}
            disabled={disabled || readOnly || (checked.length >= max && !checked.includes(key))}
          />
        ))}
        {foreignOptions(choices, checked.map(fromKey)).map(({ value, label }) => (
          <Checkbox key={value} value={value} size="sm" label={label} disabled={disabled || readOnly === true} />
        ))}
      </div>
    </Checkbox.Group>
  )
}

/** Move the last key, which was checked last, to its position in the order of the choices; the others stay. */
function withLastInOrder(keys: string[], indexOf: (key: string) => number): string[] {
  const [others, key] = [keys.slice(0, -1), keys.at(-1) as string]
  const next = others.findIndex((other) => indexOf(other) > indexOf(key))
  return others.toSpliced(next < 0 ? others.length : next, 0, key)
}

/** Return the keys of the checked choices. Two users who check the same one at once may have added it twice. */
function keysOf(value: Json): string[] {
  if (Array.isArray(value)) return [...new Set(value.map(keyOf))]
  return value === null ? [] : [keyOf(value)]
}
