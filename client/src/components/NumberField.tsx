import '@mantine/core/styles/NumberInput.css'
import { NumberInput } from '@mantine/core'
import { useRef } from 'react'
import { useAutofocus, useComplete, useField, useTyped } from '../field'
import type { Json } from '../protocol'
import { type ComponentProps, useValue } from '../react'
import { Typists, usePresence } from '../typists'

/** What an `Input` of type 'number' is drawn with: its value is a number, or `null` while there is none. */
export default function NumberField({ node }: ComponentProps) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const [value, set] = useValue<Json>(node, 'value')
  const number = numberOf(value)
  // What is typed can be on its way to a number ("1.", "-"), and shows as long as it means the value.
  const { typed: draft, error, type: setDraft, leave } = useTyped(node)
  const completion = useComplete(node, number)
  const presence = usePresence(node, 'value')
  useAutofocus(node, input)
  return (
    <NumberInput
      {...field}
      ref={input}
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      // Beyond this digits are lost, here and on the server.
      isAllowed={({ floatValue }) => floatValue === undefined || Math.abs(floatValue) <= Number.MAX_SAFE_INTEGER}
      value={draft !== null && (error !== null || numberOf(draft) === number) ? draft : (number ?? '')}
      error={error}
      onChange={(next) => {
        const typed = numberOf(String(next))
        if (error !== null && String(next) === draft) return // it was refused already
        if (typed === number && draft === null) return // what it is told comes back
        setDraft(String(next))
        if (typed === number) return
        completion.onEdit()
        presence.onEdit()
        set(typed)
      }}
      onKeyDown={completion.onKeyDown}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        leave()
        completion.onBlur()
      }}
    />
  )
}

function numberOf(value: Json): number | null {
  if (typeof value === 'string' && value.trim() === '') return null
  if (typeof value !== 'number' && typeof value !== 'string') return null
  return Number.isFinite(Number(value)) ? Number(value) : null
}
