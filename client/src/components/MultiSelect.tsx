import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import '@mantine/core/styles/Pill.css'
import '@mantine/core/styles/PillsInput.css'
import { MultiSelect as MantineMultiSelect } from '@mantine/core'
import { foreignOptions, fromKey, keyOf, labelIn, useSelect } from '../fields/choices'
import { useFieldValue } from '../fields/fieldValue'
import { type ComponentProps, useNumber } from '../view/react'

/** The height of a row of selected items, with the gap below it. */
const ROW_REM = 1.75

/** The component for a `Select` with `multiselect`. Its value is the list of the selected values. */
export default function MultiSelect({ node }: ComponentProps) {
  const rows = useNumber(node, 'max_rows')
  const { choices, select: props } = useSelect(node)
  const { placeholder, ...select } = props
  const [value, set, error] = useFieldValue(node, 'set', (value) => labelIn(choices, value))
  const selected = Array.isArray(value) ? value : value === null ? [] : [value]
  return (
    <MantineMultiSelect
      {...select}
      data={[...select.data, ...foreignOptions(choices, selected)]}
      error={error}
      styles={{ ...select.styles, pillsList: { maxHeight: `${(rows ?? 3) * ROW_REM}rem`, overflowY: 'auto' } }}
      // Beside selected values, the placeholder would only take space.
      {...(selected.length === 0 && placeholder && { placeholder })}
      // Two users who select the same value at once may have added it twice.
      value={[...new Set(selected.map(keyOf))]}
      onChange={(keys) => set(keys.map(fromKey))}
    />
  )
}
