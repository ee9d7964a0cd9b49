import '@mantine/core/styles/FloatingIndicator.css'
import '@mantine/core/styles/SegmentedControl.css'
import './ButtonBar.css'
import { Input, SegmentedControl } from '@mantine/core'
import { useId } from 'react'
import { foreignOptions, fromKey, labelIn, selectedKeyOf, useChoices } from '../fields/choices'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import { type ComponentProps, useString } from '../view/react'

export default function ButtonBar({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name, ...field } = useField(node)
  const labelId = useId()
  const choices = useChoices(node)
  const styling = useString(node, 'styling')
  const [value, set, error] = useFieldValue(node, 'replace', (value) => labelIn(choices, value))
  const foreign = foreignOptions(choices, [value]).map(({ label, ...option }) => ({
    ...option,
    label: <span title={label}>{label}</span>,
  }))
  const isLocked = disabled || readOnly === true
  return (
    <div className={`${className} dara-button-bar-field`} data-field={field['data-field']} id={id} style={style}>
      {label && (
        <Input.Label id={labelId} {...(field.required && { required: true })}>
          {label}
        </Input.Label>
      )}
      {description && <Input.Description>{description}</Input.Description>}
      <SegmentedControl
        className="dara-button-bar"
        data-styling={isLocked ? 'locked' : styling}
        {...(label ? { 'aria-labelledby': labelId } : { 'aria-label': name })}
        data={[...choices.map(({ key, label }) => ({ value: key, label })), ...foreign]}
        value={selectedKeyOf(choices, value) ?? ''}
        onChange={(key) => set(fromKey(key))}
        disabled={isLocked}
        {...(styling !== 'secondary' && !isLocked && { color: 'var(--mantine-primary-color-filled)' })}
      />
      {error && <Input.Error>{error}</Input.Error>}
    </div>
  )
}
