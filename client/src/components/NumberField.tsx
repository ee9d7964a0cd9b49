import './NumberField.css'
import { AccordionChevron, TextInput } from '@mantine/core'
import { type RefObject, useRef } from 'react'
import { useAutofocus, useComplete, useEntry, useField } from '../fields/field'
import { NUMBERS, stepped } from '../fields/numbers'
import { Typists, usePresence } from '../fields/typists'
import type { ComponentProps } from '../view/react'

const STEPS: Record<string, number> = { ArrowUp: 1, ArrowDown: -1 }

/** What an `Input` of type 'number' is drawn with: its value is a number, or `null` while there is none. */
export default function NumberField({ node }: ComponentProps) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const presence = usePresence(node, 'value')
  const entry = useEntry(
    node,
    input,
    () => {
      completion.onEdit()
      presence.onEdit()
    },
    NUMBERS,
  )
  const completion = useComplete(node, entry)
  useAutofocus(node, input)
  const isFixed = field.disabled || field.readOnly === true
  return (
    <TextInput
      {...field}
      ref={input}
      inputMode="decimal"
      autoComplete="off"
      inputContainer={(element) => <Typists others={presence.others}>{element}</Typists>}
      rightSection={isFixed ? null : <Steps input={input} />}
      error={entry.error}
      onKeyDown={(event) => {
        const by = STEPS[event.key]
        const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
        if (by !== undefined && !hasModifier && !isFixed) {
          event.preventDefault()
          step(event.currentTarget, by)
        }
        completion.onKeyDown(event)
      }}
      onFocus={presence.onFocus}
      onBlur={() => {
        presence.onBlur()
        completion.onBlur()
      }}
    />
  )
}

/** For the mouse alone: keys and screen readers have the arrows. */
function Steps({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const button = (by: number, turn: string) => (
    <button
      type="button"
      tabIndex={-1}
      className="dara-step"
      onPointerDown={(event) => event.preventDefault()} // the field keeps the focus
      onClick={() => input.current && step(input.current, by)}
    >
      <AccordionChevron size="0.875rem" style={{ rotate: turn }} />
    </button>
  )
  return (
    <span className="dara-steps" aria-hidden>
      {button(1, '180deg')}
      {button(-1, '0deg')}
    </span>
  )
}

/** As if it had been typed. */
function step(input: HTMLInputElement, by: number): void {
  const next = stepped(input.value, by)
  if (next === null) return
  input.value = next
  input.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
