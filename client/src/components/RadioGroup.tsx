import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Radio.css'
import '../fields/choices.css'
import { Radio } from '@mantine/core'
import { foreignOptions, fromKey, labelIn, selectedKeyOf, useChoices } from '../fields/choices'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import { type ComponentProps, useFlag, useString } from '../view/react'
import { Render } from '../view/render'

export default function RadioGroup({ node }: ComponentProps) {
  const { disabled, readOnly, placeholder: _, ...field } = useField(node)
  const choices = useChoices(node)
  const direction = useString(node, 'direction')
  const isList = useFlag(node, 'list_styling')
  const [value, set, error] = useFieldValue(node, 'replace', (value) => labelIn(choices, value))
  return (
    <Radio.Group {...field} error={error} value={selectedKeyOf(choices, value)} onChange={(key) => set(fromKey(key))}>
      <div className="dara-choices" data-direction={direction} data-list={isList || undefined}>
        {choices.map(({ key, label, slot }) => (
          <Radio
            key={key}
            value={key}
            size="sm"
            disabled={disabled || readOnly === true}
            label={slot === undefined ? label : <Render nodes={node.slots.labels?.slice(slot, slot + 1)} />}
          />
        ))}
        {foreignOptions(choices, [value]).map((each) => (
          <Radio key={each.value} size="sm" {...each} />
        ))}
      </div>
    </Radio.Group>
  )
}
