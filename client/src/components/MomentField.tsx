import { useMemo } from 'react'
import { useInputField } from '../fields/inputField'
import { dateNotation, timeNotation } from '../fields/moments'
import { TextInput } from '../fields/textInput'
import { type ComponentProps, useString } from '../view/react'

/** The component for an `Input` of type 'date' or 'time'. */
export default function MomentField({ node }: ComponentProps) {
  const type = useString(node, 'type')
  const zone = useString(node, 'timezone')
  const notation = useMemo(() => (type === 'time' ? timeNotation(zone) : dateNotation(zone)), [type, zone])
  return (
    <TextInput
      {...useInputField(node, notation)}
      // Without a maximum, browsers accept years of six digits.
      {...(type === 'time' ? { type } : { type: 'date', max: '9999-12-31' })}
    />
  )
}
