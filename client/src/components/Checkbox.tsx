import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Checkbox.css'
import '../fields/choices.css'
import { Checkbox as MantineCheckbox } from '@mantine/core'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import type { ComponentProps } from '../view/react'

export default function Checkbox({ node }: ComponentProps) {
  const { placeholder: _, disabled, readOnly, ...field } = useField(node)
  const [value, set, error] = useFieldValue(node)
  return (
    <MantineCheckbox
      {...field}
      size="sm"
      disabled={disabled || readOnly === true}
      className="dara-checkbox"
      error={error}
      aria-invalid={error ? true : undefined}
      checked={value === true}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  )
}
