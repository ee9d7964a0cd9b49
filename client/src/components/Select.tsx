import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Combobox.css'
import { Select as MantineSelect } from '@mantine/core'
import { fromKey, keyOf, useOptions } from '../options'
import type { Json } from '../protocol'
import { type ComponentProps, useValue } from '../react'

export default function Select({ node }: ComponentProps) {
  const options = useOptions(node)
  const [value, set] = useValue<Json>(node, 'value', 'replace')
  return (
    <MantineSelect
      {...options}
      allowDeselect={false}
      value={value === null ? null : keyOf(value)}
      onChange={(key) => set(fromKey(key))}
    />
  )
}
