/** Hooks that bind an element to the variable of a field. */

import {
  type KeyboardEvent,
  type RefObject,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { TabVariable } from '../variables/local'
import { useCarriedState } from '../view/identity'
import { useAction, useSource } from '../view/react'
import {
  type Binding,
  type BindingListener,
  type Draft,
  type FieldSource,
  isComposed,
  type TextElement,
} from './binding'
import { TextBinding } from './textBinding'
import { type Notation, ValueBinding } from './valueBinding'

export interface BoundField {
  /** Return the present value. */
  read: () => Json
  /** Return whether the element shows something that the variable does not have, for the user to correct. */
  isInvalid: () => boolean
  /** The reason for that. */
  error: string | null
}

/**
 * Bind an element to the text of the node's `value`. React must not set the element's value: it would drop keys that are
 * pressed in quick succession.
 *
 * @param onInput called after the user has changed the value.
 */
export function useTextBinding(node: Node, element: RefObject<TextElement | null>, onInput: () => void): BoundField {
  return useBinding(node, element, onInput, (source, field, listener) => new TextBinding(field, source, listener))
}

/** Bind an input element to the node's `value`; without a notation, the value is a string. */
export function useInputBinding(
  node: Node,
  element: RefObject<HTMLInputElement | null>,
  onInput: () => void,
  notation: Notation | null,
): BoundField {
  return useBinding(node, element, onInput, (source, field, listener) =>
    notation ? new ValueBinding(field, source, listener, notation) : new TextBinding(field, source, listener),
  )
}

function useBinding<T>(
  node: Node,
  element: RefObject<T | null>,
  onInput: () => void,
  create: (source: FieldSource, element: T, listener: BindingListener) => Binding,
): BoundField {
  const bound = useSource(node, 'value')
  const [own] = useState(() => ownSource(node.props.value ?? null))
  const source = bound ?? own
  useSyncExternalStore(source.subscribe, source.get)
  useSyncExternalStore(source.subscribe, () => source.home) // another room may have the same value
  const [error, setError] = useState<string | null>(null)
  const onChange = useAction(node, 'onchange')
  const onEdit = useEffectEvent((value: Json) => {
    onInput()
    onChange?.(value)
  })
  const bind = useEffectEvent((field: T) => create(source, field, { onInput: onEdit, onError: setError }))
  const binding = useRef<Binding | null>(null)
  useLayoutEffect(() => {
    if (!element.current) return
    binding.current = bind(element.current)
    return binding.current.start()
  }, [element])
  useCarriedState<Draft>(
    node,
    'draft',
    () => binding.current?.draft ?? null,
    (draft) => binding.current?.adopt(draft),
  )
  // After every rendering: only then do an item that has moved and its variable have their new position.
  useLayoutEffect(() => {
    binding.current?.follow(source)
    binding.current?.sync()
  })
  return { read: source.get, isInvalid: () => binding.current?.isInvalid ?? false, error: withoutPath(error) }
}

/** Return the source of a field without a variable, which holds the value itself. */
function ownSource(value: Json): FieldSource {
  const variable = new TabVariable(value)
  return {
    get: () => variable.view,
    edit: (ops) => variable.edit(ops),
    subscribe: (listener) => variable.subscribe(listener),
    watchRemote: (listener) => variable.watchRemote(listener),
    undo: () => false,
    redo: () => false,
    hasHistory: false,
    home: '',
    captureRejections: () => () => {},
  }
}

/** Remove the path inside the value from the start of a server's message: the field itself shows where the error is. */
function withoutPath(error: string | null): string | null {
  return error?.replace(/^\/\S*: /, '') ?? null
}

interface Completion {
  onEdit: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
}

/** Return handlers that run `oncomplete` at Enter, and at the end of the focus after a change; not with invalid input. */
export function useCompletion(node: Node, { read, isInvalid }: BoundField): Completion {
  const complete = useAction(node, 'oncomplete')
  const isEdited = useRef(false)
  useCarriedState(
    node,
    'edited',
    () => isEdited.current || null,
    (edited) => {
      isEdited.current = edited
    },
  )
  const finish = () => {
    if (isInvalid()) return
    isEdited.current = false
    void complete?.(read())
  }
  return {
    onEdit: () => {
      isEdited.current = true
    },
    onKeyDown: ({ key, repeat, nativeEvent }) => {
      // Neither the Enter that ends a composition nor the repetitions of a held key complete the input.
      if (key === 'Enter' && !repeat && !isComposed(nativeEvent)) finish()
    },
    onBlur: () => {
      if (isEdited.current) finish()
    },
  }
}
