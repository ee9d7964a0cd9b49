import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import { Select as MantineSelect } from '@mantine/core'
import { chosenOf, fromKey, useOptions } from '../fields/options'
import { type ComponentProps, useValue } from '../view/react'

export default function Select({ node }: ComponentProps) {
  const { choices, select } = useOptions(node)
  const [value, set] = useValue(node, 'value', 'replace')
  return (
    <MantineSelect
      {...select}
      allowDeselect={false}
      value={chosenOf(choices, value)}
      onChange={(key) => set(fromKey(key))}
    />
  )
}
