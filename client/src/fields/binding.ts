/** The common parts of the bindings, which keep a form field's element and its variable in step. No React. */

import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import type { Source } from '../variables/source'
import { textOf } from '../view/values'

/** The variable of a field. */
export type FieldSource = Pick<
  Source,
  'get' | 'edit' | 'subscribe' | 'watchRemote' | 'hasHistory' | 'undo' | 'redo' | 'home' | 'captureRejections'
>

export type TextElement = HTMLInputElement | HTMLTextAreaElement

export interface BindingListener {
  /** Called with the new value after the user has changed it. */
  onInput(value: Json): void
  /**
   * Called with the reason why the element shows something that the variable does not have; `null` once it does, and an
   * empty string while the user may complete it.
   */
  onError(reason: string | null): void
  /** Called with the text in which the user is writing, when somebody else removes it. */
  onRemoved(text: string): void
}

/** A binding of an element to a variable. */
export interface Binding {
  /** True while the element shows something that the variable does not have, because it was invalid or rejected. */
  readonly isInvalid: boolean
  /** The invalid input, `null` if there is none. */
  readonly draft: Draft | null
  /** Take over the draft of an earlier element of the field, unless the variable has changed since. */
  adopt(draft: Draft): void
  /** Listen to the element until the returned function is called. */
  start(): Unsubscribe
  /** Go on with another source: another variable, or the same one at another path after its item has moved. */
  follow(source: FieldSource): void
  /** Show the variable's value in the place of invalid input. */
  discard(): void
  /** Show the variable's value, unless the user is entering another one. */
  sync(): void
}

/** Invalid input of a field, with the variable's home and text at that time. */
export interface Draft {
  text: string
  home: string
  stored: string
}

export function draftOf(element: TextElement, source: FieldSource): Draft {
  return { text: element.value, home: source.home, stored: textOf(source.get()) }
}

/** Write a draft to an element, unless the variable has changed since; return whether it was written. */
export function restoreDraft(draft: Draft, element: TextElement, source: FieldSource): boolean {
  if (source.home !== draft.home || textOf(source.get()) !== draft.stored) return false
  element.value = draft.text
  return true
}

/** Add listeners for events by name. */
export function listen(element: EventTarget, listeners: Record<string, (event: Event) => void>): Unsubscribe {
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener)
  return () => {
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener)
  }
}

/** Return whether a key belongs to an input method. Safari shows that only by the key code. */
export function isComposed(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229
}

export type HistoryAction = 'undo' | 'redo'

/** Return the action of a keyboard shortcut; `null` for any other key. */
export function shortcutOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): HistoryAction | null {
  if (!(ctrlKey || metaKey) || altKey) return null
  if (key.toLowerCase() === 'z') return shiftKey ? 'redo' : 'undo'
  return key.toLowerCase() === 'y' && ctrlKey && !shiftKey ? 'redo' : null
}

/** Return the action that the browser is about to run, from its menu for example; `null` for any other input. */
export function historyActionOf({ inputType }: InputEvent): HistoryAction | null {
  if (inputType === 'historyUndo') return 'undo'
  return inputType === 'historyRedo' ? 'redo' : null
}
