import { TextInput } from '@mantine/core'
import { type KeyboardEvent, lazy, Suspense, useRef } from 'react'
import type { Json, Node } from '../protocol'
import { type ComponentProps, useAction, useProp, useValue } from '../react'
import { useAutofocus, useField, useSteadyCaret } from '../style'

// Formatting numbers costs as much code as everything else here.
const NumberField = lazy(() => import('./NumberField'))

export default function Input({ node }: ComponentProps) {
  const type = useProp<string>(node, 'type') ?? 'text'
  if (type !== 'number') return <TextField node={node} type={type} />
  return (
    <Suspense fallback={<Placeholder node={node} />}>
      <NumberField node={node} />
    </Suspense>
  )
}

function TextField({ node, type }: { node: Node; type: string }) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const [value, set] = useValue<Json>(node, 'value')
  const completion = useComplete(node, value)
  useAutofocus(node, input)
  useSteadyCaret(input)
  return (
    <TextInput
      {...field}
      ref={input}
      type={type}
      value={textOf(value)}
      onChange={(event) => {
        completion.onEdit()
        set(event.currentTarget.value)
      }}
      onKeyDown={completion.onKeyDown}
      onBlur={completion.onBlur}
    />
  )
}

function Placeholder({ node }: ComponentProps) {
  return <TextInput {...useField(node)} value={textOf(useProp<Json>(node, 'value'))} readOnly />
}

function textOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface Completion {
  onEdit: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
}

/** Runs `oncomplete` at Enter, and when the field is left after a change. */
export function useComplete(node: Node, value: Json): Completion {
  const complete = useAction(node, 'oncomplete')
  const isEdited = useRef(false)
  const finish = () => {
    isEdited.current = false
    void complete?.(value)
  }
  return {
    onEdit: () => {
      isEdited.current = true
    },
    onKeyDown: (event) => {
      // Enter also ends the composition of a character, which completes nothing.
      if (event.key === 'Enter' && !event.nativeEvent.isComposing) finish()
    },
    onBlur: () => {
      if (isEdited.current) finish()
    },
  }
}
