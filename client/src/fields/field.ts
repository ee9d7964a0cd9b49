/** What form fields share: a name, a text that others may type in, and knowing when somebody is done. */

import './field.css'
import {
  createContext,
  type KeyboardEvent,
  type RefObject,
  useContext,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Unsubscribe } from '../observable'
import type { Json, Node } from '../protocol'
import { TabVariable } from '../variables/local'
import { useCarriedState, useFocusRestoration } from '../view/identity'
import { useAction, useFlag, useText as useLabelText, useReadonly, useSource } from '../view/react'
import { type Box, useStyle } from '../view/style'
import { type Draft, isComposed, type Listener, TextBinding, type TextElement, type TextSource } from './textBinding'
import { type Notation, ValueBinding } from './valueBinding'

interface Field extends Box {
  'data-field': string
  className: string
  label?: string
  'aria-label'?: string
  'aria-labelledby'?: string
  readOnly?: boolean
  description?: string
  placeholder?: string
  disabled: boolean
}

/** The `Label` around a field: where it stands, and what it says unless that is a component. */
export const LabelContext = createContext<{ id: string; text: string | null } | null>(null)

/** What every form field has: a box, a label or at least a name, and whether it can be used. */
export function useField(node: Node): Field {
  const { id, style } = useStyle(node)
  const label = useLabelText(node, 'label')
  const description = useLabelText(node, 'description')
  const placeholder = useLabelText(node, 'placeholder')
  const disabled = useFlag(node, 'disabled')
  const isReadonly = useReadonly(node, 'value')
  const around = useContext(LabelContext)
  const marker = useFocusRestoration(node)
  return {
    ...marker,
    className: 'dara-field',
    ...(id && { id }),
    ...(style && { style }),
    ...(label ? { label } : { 'aria-label': around?.text ?? placeholder ?? node.component }),
    ...(!label && around && around.text === null && { 'aria-labelledby': around.id }),
    ...(description && { description }),
    ...(placeholder && { placeholder }),
    ...(isReadonly && { readOnly: true, 'data-readonly': true }),
    disabled: disabled === true,
  }
}

export function useAutofocus(node: Node, field: RefObject<HTMLElement | null>): void {
  const isWanted = useFlag(node, 'autofocus')
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [isWanted, field])
}

interface TextField {
  /** The present value. */
  read: () => Json
  /** Whether the field shows something else, which was refused. It stays meanwhile, so that it can be made right. */
  isRefused: () => boolean
  /** Why. */
  error: string | null
}

/**
 * Makes the element a field for the text of the node's `value`. React is not to write the element's value itself: what
 * is typed fast would be lost. `onTyped` is called after the user has changed it.
 */
export function useText(node: Node, element: RefObject<TextElement | null>, onTyped: () => void): TextField {
  return useElement(node, element, onTyped, (source, field, listener) => new TextBinding(field, source, listener))
}

/** Makes the element a field for a value that is entered as a whole. */
export function useEntry(
  node: Node,
  element: RefObject<HTMLInputElement | null>,
  onTyped: () => void,
  notation: Notation,
): TextField {
  return useElement(
    node,
    element,
    onTyped,
    (source, field, listener) => new ValueBinding(field, source, listener, notation),
  )
}

/** What keeps an element in step with its variable. */
interface Binding {
  readonly isRefused: boolean
  readonly draft: Draft | null
  /** Offer a draft again, unless the variable has changed since. */
  adopt(draft: Draft): void
  start(): Unsubscribe
  follow(source: TextSource): void
  sync(): void
}

function useElement<T>(
  node: Node,
  element: RefObject<T | null>,
  onTyped: () => void,
  keep: (source: TextSource, element: T, listener: Listener) => Binding,
): TextField {
  const bound = useSource(node, 'value')
  const [own] = useState(() => ownSource(node.props.value ?? null))
  const source = bound ?? own
  useSyncExternalStore(source.subscribe, source.get)
  const [reason, explain] = useState<string | null>(null)
  const onChange = useAction(node, 'onchange')
  const onEdit = useEffectEvent((value: Json) => {
    onTyped()
    onChange?.(value)
  })
  const begin = useEffectEvent((field: T) => keep(source, field, { onTyped: onEdit, onRefused: explain }))
  const keeper = useRef<Binding | null>(null)
  useLayoutEffect(() => {
    if (!element.current) return
    keeper.current = begin(element.current)
    return keeper.current.start()
  }, [element])
  useCarriedState<Draft>(
    node,
    'draft',
    () => keeper.current?.draft ?? null,
    (draft) => keeper.current?.adopt(draft),
  )
  // After every rendering: an item that has moved is in its new place then, and its variable with it.
  useLayoutEffect(() => {
    keeper.current?.follow(source)
    keeper.current?.sync()
  })
  return { read: source.get, isRefused: () => keeper.current?.isRefused ?? false, error: reasonOf(reason) }
}

/** The value of a field that is bound to no variable. */
function ownSource(value: Json): TextSource {
  const cell = new TabVariable(value)
  return {
    get: () => cell.view,
    edit: (ops) => cell.edit(ops),
    subscribe: (listener) => cell.subscribe(listener),
    watchRemote: (listener) => cell.watchRemote(listener),
    undo: () => false,
    redo: () => false,
    hasHistory: false,
    home: '',
    captureRejections: () => () => {},
  }
}

/** A refusal without the place inside the value, which means nothing to whom the field belongs. */
function reasonOf(refusal: string | null): string | null {
  return refusal?.replace(/^\/\S*: /, '') ?? null
}

interface Completion {
  onEdit: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
}

/** Runs `oncomplete` at Enter, and when the field is left after a change; not with what was refused. */
export function useComplete(node: Node, { read, isRefused }: TextField): Completion {
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
    if (isRefused()) return
    isEdited.current = false
    void complete?.(read())
  }
  return {
    onEdit: () => {
      isEdited.current = true
    },
    onKeyDown: ({ key, repeat, nativeEvent }) => {
      // Enter also ends the composition of a character, which completes nothing; held down it completes once.
      if (key === 'Enter' && !repeat && !isComposed(nativeEvent)) finish()
    },
    onBlur: () => {
      if (isEdited.current) finish()
    },
  }
}
