import './MomentField.css'
import { useMemo } from 'react'
import { useInputField } from '../fields/inputField'
import { limited, limitsOf } from '../fields/limits'
import { dateNotation, isEarly, timeNotation } from '../fields/moments'
import { TextInput } from '../fields/textInput'
import { type ComponentProps, useString } from '../view/react'

/** The component for an `Input` of type 'date' or 'time'. */
export default function MomentField({ node }: ComponentProps) {
  const type = useString(node, 'type')
  const zone = useString(node, 'timezone')
  const limits = limitsOf(node)
  const notation = useMemo(() => {
    const allowsEarly = isEarly(limits.min) || isEarly(limits.max)
    return limited(type === 'time' ? timeNotation(zone) : dateNotation(zone, allowsEarly), limits)
  }, [type, zone, limits])
  return (
    <TextInput
      {...useInputField(node, notation)}
      // Without a maximum, browsers accept years of six digits.
      min={limits.min}
      {...(type === 'time' ? { type, max: limits.max } : { type: 'date', max: limits.max ?? '9999-12-31' })}
    />
  )
}
