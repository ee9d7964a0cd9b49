import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import '@mantine/core/styles/Pill.css'
import '@mantine/core/styles/PillsInput.css'
import { MultiSelect as MantineMultiSelect } from '@mantine/core'
import { fromKey, keyOf, useOptions } from '../fields/options'
import { type ComponentProps, useValue } from '../view/react'

/** What a `Select` with `multiselect` is drawn with: its value is the list of what is picked. */
export default function MultiSelect({ node }: ComponentProps) {
  const { placeholder, ...select } = useOptions(node).select
  const [value, set] = useValue(node, 'value')
  const picked = Array.isArray(value) ? value : value === null ? [] : [value]
  return (
    <MantineMultiSelect
      {...select}
      // Beside what is picked it would only take room.
      {...(picked.length === 0 && placeholder && { placeholder })}
      // Two people who pick the same at once may leave it there twice.
      value={[...new Set(picked.map(keyOf))]}
      onChange={(keys) => set(keys.map(fromKey))}
    />
  )
}
