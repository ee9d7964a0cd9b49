import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Switch.css'
import { Switch as MantineSwitch } from '@mantine/core'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import type { ComponentProps } from '../view/react'

export default function Switch({ node }: ComponentProps) {
  const { placeholder: _, disabled, readOnly, ...field } = useField(node)
  const [value, set, error] = useFieldValue(node)
  return (
    <MantineSwitch
      {...field}
      disabled={disabled || readOnly === true}
      className="dara-switch"
      error={error}
      aria-invalid={error ? true : undefined}
      checked={value === true}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  )
}
