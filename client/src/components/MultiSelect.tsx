import '@mantine/core/styles/Pill.css'
import '@mantine/core/styles/PillsInput.css'
import { MultiSelect as MantineMultiSelect } from '@mantine/core'
import type { Json } from '../protocol'
import { type ComponentProps, useValue } from '../react'
import { fromKey, keyOf, useOptions } from './Select'

/** A Select whose value is the list of what is picked. */
export default function MultiSelect({ node }: ComponentProps) {
  const { placeholder, ...options } = useOptions(node)
  const [value, set] = useValue<Json>(node, 'value')
  const picked = Array.isArray(value) ? value : value === null ? [] : [value]
  return (
    <MantineMultiSelect
      {...options}
      // Beside what is picked it would only take room.
      {...(picked.length === 0 && placeholder && { placeholder })}
      value={picked.map(keyOf)}
      onChange={(keys) => set(keys.map(fromKey))}
    />
  )
}
