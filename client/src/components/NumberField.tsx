import './NumberField.css'
import { AccordionChevron } from '@mantine/core'
import { type RefObject, useMemo } from 'react'
import { useInputField } from '../fields/inputField'
import { clamped, type Limits, limited, limitsOf, stepOf } from '../fields/limits'
import { NUMBERS, stepped } from '../fields/numbers'
import { TextInput } from '../fields/textInput'
import type { ComponentProps } from '../view/react'

const STEPS: Record<string, number> = { ArrowUp: 1, ArrowDown: -1 }

/** The component for an `Input` of type 'number'. Its value is a number, or `null` for an empty field. */
export default function NumberField({ node }: ComponentProps) {
  const limits = limitsOf(node)
  const notation = useMemo(() => limited(NUMBERS, limits), [limits])
  const field = useInputField(node, notation)
  const isFixed = field.disabled || field.readOnly === true
  return (
    <TextInput
      {...field}
      inputMode="decimal"
      autoComplete="off"
      rightSection={isFixed ? null : <StepButtons input={field.ref} limits={limits} />}
      onKeyDown={(event) => {
        const by = STEPS[event.key]
        const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
        if (by !== undefined && !hasModifier && !isFixed) {
          event.preventDefault()
          step(event.currentTarget, by, limits)
        }
        field.onKeyDown(event)
      }}
    />
  )
}

/** Buttons for the mouse alone; the keyboard has the arrow keys. */
function StepButtons({ input, limits }: { input: RefObject<HTMLInputElement | null>; limits: Limits }) {
  const button = (by: number, turn: string) => (
    <button
      type="button"
      tabIndex={-1}
      className="dara-step"
      onPointerDown={(event) => event.preventDefault()} // keeps the focus in the field
      onClick={() => input.current && step(input.current, by, limits)}
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

/** Add steps to the number in the field, as if the user had typed the sum. */
function step(input: HTMLInputElement, by: number, limits: Limits): void {
  const next = stepped(input.value, by * (stepOf(limits) ?? 1))
  if (next === null) return
  input.value = String(clamped(Number(next), limits))
  input.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
