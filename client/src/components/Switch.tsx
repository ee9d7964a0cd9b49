import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Switch.css'
import { Switch as MantineSwitch } from '@mantine/core'
import { useField } from '../fields/field'
import { type ComponentProps, useValue } from '../view/react'

export default function Switch({ node }: ComponentProps) {
  const { placeholder: _, disabled, readOnly, ...field } = useField(node)
  const [value, set] = useValue(node, 'value')
  return (
    <MantineSwitch
      {...field}
      disabled={disabled || readOnly === true}
      className="dara-switch"
      checked={value === true}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  )
}
