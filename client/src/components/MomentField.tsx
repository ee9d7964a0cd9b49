import { TextInput } from '@mantine/core'
import { useMemo, useRef } from 'react'
import { useAutofocus, useComplete, useEntry, useField } from '../fields/field'
import { days, times } from '../fields/moments'
import { Typists, usePresence } from '../fields/typists'
import { type ComponentProps, useString } from '../view/react'

/** What an `Input` of type 'date' or 'time' is drawn with. */
export default function MomentField({ node }: ComponentProps) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const type = useString(node, 'type')
  const zone = useString(node, 'timezone')
  const notation = useMemo(() => (type === 'time' ? times(zone) : days(zone)), [type, zone])
  const presence = usePresence(node, 'value')
  const entry = useEntry(
    node,
    input,
    () => {
      completion.onEdit()
      presence.onEdit()
    },
    notation,
  )
  const completion = useComplete(node, entry)
  useAutofocus(node, input)
  return (
    <TextInput
      {...field}
      ref={input}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      // Otherwise browsers take years of six digits.
      {...(type === 'time' ? { type } : { type: 'date', max: '9999-12-31' })}
      error={entry.error}
      onKeyDown={completion.onKeyDown}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        completion.onBlur()
      }}
    />
  )
}
