import '@mantine/core/styles/FloatingIndicator.css'
import '@mantine/core/styles/SegmentedControl.css'
import './ButtonBar.css'
import { Input, SegmentedControl } from '@mantine/core'
import { useId } from 'react'
import { fromKey, selectedKeyOf, useChoices } from '../fields/choices'
import { useField } from '../fields/field'
import { type ComponentProps, useString, useValue } from '../view/react'

export default function ButtonBar({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name, ...field } = useField(node)
  const labelId = useId()
  const choices = useChoices(node)
  const styling = useString(node, 'styling')
  const [value, set] = useValue(node, 'value', 'replace')
  const isLocked = disabled || readOnly === true
  return (
    <div className={`${className} dara-button-bar-field`} data-field={field['data-field']} id={id} style={style}>
      {label && <Input.Label id={labelId}>{label}</Input.Label>}
      {description && <Input.Description>{description}</Input.Description>}
      <SegmentedControl
        className="dara-button-bar"
        data-styling={styling}
        {...(label ? { 'aria-labelledby': labelId } : { 'aria-label': name })}
        data={choices.map(({ key, label }) => ({ value: key, label }))}
        // A value that is not among the items selects none.
        value={selectedKeyOf(choices, value) ?? ''}
        onChange={(key) => set(fromKey(key))}
        disabled={isLocked}
        {...(styling !== 'secondary' && !isLocked && { color: 'var(--mantine-primary-color-filled)' })}
      />
    </div>
  )
}
