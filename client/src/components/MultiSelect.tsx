import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import '@mantine/core/styles/Pill.css'
import '@mantine/core/styles/PillsInput.css'
import { MultiSelect as MantineMultiSelect } from '@mantine/core'
import { fromKey, keyOf, useSelect } from '../fields/choices'
import { type ComponentProps, useValue } from '../view/react'

/** The component for a `Select` with `multiselect`. Its value is the list of the selected values. */
export default function MultiSelect({ node }: ComponentProps) {
  const { placeholder, ...select } = useSelect(node).select
  const [value, set] = useValue(node, 'value')
  const selected = Array.isArray(value) ? value : value === null ? [] : [value]
  return (
    <MantineMultiSelect
      {...select}
      // Beside selected values, the placeholder would only take space.
      {...(selected.length === 0 && placeholder && { placeholder })}
      // Two users who select the same value at once may have added it twice.
      value={[...new Set(selected.map(keyOf))]}
      onChange={(keys) => set(keys.map(fromKey))}
    />
  )
}
