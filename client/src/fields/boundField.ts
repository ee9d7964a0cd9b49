/** Hooks that bind an element to the variable of a field. */

import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Node } from '../fragments'
import { EDIT } from '../messages'
import type { Json } from '../protocol'
import { TabVariable } from '../variables/local'
import { FormContext, isOfForm, storedRef } from '../view/form'
import { useCarriedState } from '../view/identity'
import { useAction, useApp, useRefSource, useSource } from '../view/react'
import { textOf } from '../view/values'
import {
  type Binding,
  type BindingListener,
  type Draft,
  type FieldSource,
  isComposed,
  type TextElement,
} from './binding'
import { reasonAt, refusal } from './fieldValue'
import { TextBinding } from './textBinding'
import { useInvalidInForm, useValidity } from './validity'
import { type Notation, ValueBinding } from './valueBinding'

export interface BoundField {
  /** Return the present value. */
  read: () => Json
  /** Return whether the element shows something that the variable does not have, for the user to correct. */
  isInvalid: () => boolean
  /** The reason for that, with the stored value; or the reason why the value does not meet the limits of the field. */
  error: ReactNode
  /** Return whether the value is refused by the limits of the field, or by the server. */
  refuses: (value: Json) => boolean
  /** The user has entered the value; `isShown`: show what is wrong with it. */
  enter: (isShown?: boolean) => void
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
  const create = (source: FieldSource, field: HTMLInputElement, listener: BindingListener) =>
    notation ? new ValueBinding(field, source, listener, notation) : new TextBinding(field, source, listener)
  const labelOf = (value: Json) => {
    const text = notation?.words && notation.format(value)
    return text ? (notation.words?.(text) ?? text) : textOf(value)
  }
  return useBinding(node, element, onInput, create, labelOf, notation?.segments !== undefined)
}

function useBinding<T>(
  node: Node,
  element: RefObject<T | null>,
  onInput: () => void,
  create: (source: FieldSource, element: T, listener: BindingListener) => Binding,
  labelOf: (value: Json) => string = textOf,
  isStoredLater = false,
): BoundField {
  const { pointer, graph, notices, drafts } = useApp()
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
  const onError = (reason: string | null) => pointer.whenReleased(() => setError(reason && reasonAt(node, reason)))
  const onRemoved = (text: string) => {
    if (text && !graph.presses.isRunning && !bound?.refusal) notices.notifyNotSaved(EDIT.removed, text)
  }
  const bind = useEffectEvent((field: T) => create(source, field, { onInput: onEdit, onError, onRemoved }))
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
  const form = useContext(FormContext)
  const stored = useRefSource(useMemo(() => storedRef(node, form), [node, form]))
  const take = () => {
    if (stored && form?.saves && isOfForm(node, form)) source.edit([{ op: 'replace', path: [], value: stored.get() }])
    binding.current?.discard()
  }
  const isInvalid = binding.current?.isInvalid ?? false
  useInvalidInForm(node, isInvalid)
  const isUnsent = isStoredLater && isInvalid && stored?.hasHistory === true
  useLayoutEffect(() => {
    if (isUnsent) drafts.add(binding)
    return () => void drafts.delete(binding)
  }, [drafts, isUnsent])
  const draft = binding.current?.draft ?? null
  const validity = useValidity(node, draft?.text ?? source.get())
  // Input that the browser cannot read has no text, but the field is not empty.
  const shown = (draft?.text === '' ? error : (validity.reason ?? (validity.isHeldBack ? null : error))) || null
  return {
    read: source.get,
    isInvalid: () => binding.current?.isInvalid ?? false,
    error: shown !== null && isInvalid && bound ? refusal(shown, labelOf(stored?.get() ?? null), take) : shown,
    refuses: validity.refuses,
    enter: validity.enter,
  }
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

interface Completion {
  onEdit: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
}

/**
 * Return handlers that run `onenter` at Enter, and `oncomplete` at Enter and at the end of the focus after a change; not
 * with invalid input. At Enter, a value beyond the limits shows its reason, and `onenter` does not run.
 */
export function useCompletion(node: Node, { read, isInvalid, refuses, enter }: BoundField): Completion {
  const { pointer } = useApp()
  const act = useAction(node, 'onenter')
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
    onKeyDown: (event) => {
      // Neither the Enter that ends a composition nor the repetitions of a held key complete the input.
      if (event.key !== 'Enter' || event.repeat || isComposed(event.nativeEvent)) return
      if (event.shiftKey && node.component === 'Textarea') return // a new line
      finish()
      if (!act) return
      event.preventDefault() // it does not submit a form, too
      const isRefused = isInvalid() || refuses(read())
      enter(isRefused)
      if (!isRefused) void act(read())
    },
    onBlur: () => {
      if (!isEdited.current || isInvalid()) return
      finish()
      pointer.add(node.actions.oncomplete)
    },
  }
}
