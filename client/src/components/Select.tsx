import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import { Select as MantineSelect } from '@mantine/core'
import { foreignOptions, fromKey, labelIn, selectedKeyOf, useSelect } from '../fields/choices'
import { useFieldValue } from '../fields/fieldValue'
import type { ComponentProps } from '../view/react'

export default function Select({ node }: ComponentProps) {
  const { choices, select } = useSelect(node)
  const [value, set, error] = useFieldValue(node, 'replace', (value) => labelIn(choices, value))
  return (
    <MantineSelect
      {...select}
      data={[...select.data, ...foreignOptions(choices, [value])]}
      error={error}
      allowDeselect={false}
      value={selectedKeyOf(choices, value)}
      onChange={(key) => set(fromKey(key))}
    />
  )
}
