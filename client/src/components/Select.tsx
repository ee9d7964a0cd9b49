import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import { Select as MantineSelect } from '@mantine/core'
import { fromKey, selectedKeyOf, useSelect } from '../fields/choices'
import { type ComponentProps, useValue } from '../view/react'

export default function Select({ node }: ComponentProps) {
  const { choices, select } = useSelect(node)
  const [value, set] = useValue(node, 'value', 'replace')
  return (
    <MantineSelect
      {...select}
      allowDeselect={false}
      value={selectedKeyOf(choices, value)}
      onChange={(key) => set(fromKey(key))}
    />
  )
}
