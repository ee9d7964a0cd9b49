/** What form fields share: a name, a text that others may type in, and knowing when somebody is done. */

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
import { Cell } from './cells'
import type { Json, Node } from './protocol'
import { useAction, useProp, useReadonly, useRefusal, useSource } from './react'
import { type Box, useStyle } from './style'
import { type TextElement, type TextSource, Typing } from './typing'

interface Field extends Box {
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
  const label = useProp<string>(node, 'label')
  const description = useProp<string>(node, 'description')
  const placeholder = useProp<string>(node, 'placeholder')
  const disabled = useProp<boolean>(node, 'disabled')
  const isReadonly = useReadonly(node, 'value')
  const around = useContext(LabelContext)
  return {
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
  const isWanted = useProp<boolean>(node, 'autofocus')
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [isWanted, field])
}

interface TextField {
  value: Json
  /** Why what is being typed was refused. It stays meanwhile, so that it can be made right. */
  error: string | null
  leave: () => void
}

/**
 * Makes the element a field for the text of the node's `value`. React is not to write the element's value itself: what
 * is typed fast would be lost. `onTyped` is called after the user has changed it; one that `isWhole` is no text to splice.
 */
export function useText(
  node: Node,
  element: RefObject<TextElement | null>,
  onTyped: () => void,
  isWhole = false,
): TextField {
  const bound = useSource(node, 'value')
  const [own] = useState(() => ownSource(node.props.value ?? null))
  const source = bound ?? own
  const value = useSyncExternalStore(source.subscribe, source.get)
  const refusal = useSyncExternalStore(source.subscribe, () => source.refusal)
  const [isTyping, setTyping] = useState(false)
  const onChange = useAction(node, 'onchange')
  const onEdit = useEffectEvent((text: string) => {
    setTyping(true)
    onTyped()
    onChange?.(text)
  })
  const typing = useRef<Typing | null>(null)
  useLayoutEffect(() => {
    if (!element.current) return
    typing.current = new Typing(element.current, source, onEdit, isWhole)
    return typing.current.start()
  }, [element, isWhole])
  // After every rendering: an item that has moved is in its new place then, and its variable with it.
  useLayoutEffect(() => {
    typing.current?.follow(source)
    typing.current?.sync()
  })
  return { value, error: isTyping ? reasonOf(refusal) : null, leave: () => setTyping(false) }
}

/** The value of a field that is bound to no variable. */
function ownSource(value: Json): TextSource {
  const cell = new Cell(value)
  return {
    get: () => cell.view,
    edit: (ops) => cell.edit(ops),
    subscribe: (listener) => cell.subscribe(listener),
    watchRemote: (listener) => cell.watchRemote(listener),
    undo: () => false,
    redo: () => false,
    heed: () => cell.heed([]),
    hasHistory: false,
    refusal: null,
  }
}

interface Typed {
  /** What was typed since the field has focus; `null` if nothing was. */
  typed: string | null
  /** Why that was refused. What was typed stays meanwhile, so that it can be made right. */
  error: string | null
  type: (text: string) => void
  leave: () => void
}

/** Keeps what is being typed into a field while the server refuses it, which a half-typed value may have to be. */
export function useTyped(node: Node): Typed {
  const [typed, type] = useState<string | null>(null)
  const refusal = useRefusal(node, 'value', typed !== null)
  return { typed, error: reasonOf(refusal), type, leave: () => type(null) }
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
