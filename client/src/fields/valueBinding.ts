/**
 * The binding of a field for a value that is entered as a whole: a number, a date, a time. While the input has no valid
 * value, the variable keeps the one from before. No React.
 */

import { equal } from '../edits'
import { FIELD } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import {
  type Binding,
  type BindingListener,
  type Draft,
  draftOf,
  type FieldSource,
  type HistoryAction,
  historyActionOf,
  isComposed,
  listen,
  restoreDraft,
  shortcutOf,
} from './binding'

/** The value of a text, or the reason why it has none. */
export type ParseResult =
  | { value: Json }
  | { reason: string /** The next key may complete the text. */; isPartial?: boolean }

/** The text format of a type of values. */
export interface Notation {
  /** Return the text of a value; `null` if the value has another type. */
  format(value: Json): string | null
  /** Parse a text. `before` is the value that is being changed; `isDone` tells that the user has ended the input. */
  parse(text: string, before: Json, isDone: boolean): ParseResult
  /** Return a text of the notation as people write it, if that differs. */
  words?(text: string): string
  /** The reason for incomplete input that the browser does not tell. */
  readonly incomplete: string
  /** Follow the segments of an element, for a type with segments. */
  segments?(element: HTMLInputElement): Segments
}

/** The segments of a date or time field. They are read when the input pauses or ends, since parts of it are dates, too. */
export interface Segments {
  /** True from a key that changes a segment until the user pauses, opens the calendar, or leaves the field. */
  readonly isTyping: boolean
  /** The element shows the variable's value. */
  end(): void
  stop: Unsubscribe
}

export class ValueBinding implements Binding {
  readonly #element: HTMLInputElement
  readonly #listener: BindingListener
  readonly #notation: Notation
  readonly #segments: Segments | null
  readonly #rejectionHandler: RejectionHandler = {
    rejected: (reason) => this.#onRejected(reason),
    acknowledged: () => this.#onAcknowledged(),
  }
  #source: FieldSource
  #home: string
  #stopCapturing: Unsubscribe
  #isStopped = false
  /** True while an edit of this field is not acknowledged. */
  #hasUnacknowledged = false
  /** The element's content when it was last read or written. */
  #content = ''
  #wasBadInput = false
  /** The variable's value that the element shows. */
  #shown: Json = null
  /** The variable's value before the user began to type, and the values stored since. */
  #entry: { before: Json; stored: Json[] } | null = null
  /** True while the element shows something that the variable does not have. */
  #isInvalid = false
  #isComposing = false
  /** The reason why the server rejected the input, until it acknowledges another one. */
  #rejection: string | null = null
  /** The text that was submitted a second time; it is not submitted again. */
  #resubmitted: string | null = null

  constructor(element: HTMLInputElement, source: FieldSource, listener: BindingListener, notation: Notation) {
    this.#element = element
    this.#listener = listener
    this.#notation = notation
    this.#segments = notation.segments?.(element) ?? null
    this.#source = source
    this.#home = source.home
    this.#stopCapturing = source.captureRejections(this.#rejectionHandler)
    this.#write()
  }

  start(): Unsubscribe {
    const read = () => this.#readElement()
    const finish = () => this.#readElement(true)
    const removeListeners = combineUnsubscribes([
      listen(this.#element, {
        input: read,
        change: read,
        blur: finish,
        compositionstart: () => {
          this.#isComposing = true
        },
        compositionend: () => {
          this.#isComposing = false
          this.#readElement()
        },
        beforeinput: (event) => this.#onBeforeInput(event as InputEvent),
        keydown: (event) => this.#onKey(event as KeyboardEvent),
      }),
      this.#element.form ? listen(this.#element.form, { submit: finish, reset: () => this.discard() }) : () => {},
    ])
    return () => {
      this.#isStopped = true
      removeListeners()
      this.#segments?.stop()
      this.#stopCapturing()
    }
  }

  get isInvalid(): boolean {
    return this.#isInvalid
  }

  get draft(): Draft | null {
    return this.#isInvalid ? draftOf(this.#element, this.#source) : null
  }

  adopt(draft: Draft): void {
    if (restoreDraft(draft, this.#element, this.#source)) this.#readElement(false)
  }

  follow(source: FieldSource): void {
    if (source === this.#source) return
    const before = this.#stopCapturing
    this.#source = source
    this.#stopCapturing = source.captureRejections(this.#rejectionHandler)
    before()
  }

  sync(): void {
    if (this.#source.home !== this.#home) {
      this.#home = this.#source.home
      return this.discard()
    }
    if (this.#isComposing) return
    if (this.#element.value !== this.#content) return this.#readElement()
    const present = this.#source.get()
    if (this.#isInvalid) {
      // The value of incomplete input is empty, as that of an empty field.
      if (this.#notation.format(present) === this.#element.value && !this.#element.validity.badInput) this.discard()
    } else if (!equal(present, this.#shown)) this.#write()
  }

  /** Read the element, and store its value if it has one. No element is active while a key goes to the next segment. */
  #readElement(isDone = !this.#segments?.isTyping && document.activeElement !== this.#element): void {
    if (this.#isComposing) return
    const { value: text, validity } = this.#element
    const isNew = text !== this.#content || validity.badInput !== this.#wasBadInput
    this.#content = text
    this.#wasBadInput = validity.badInput
    if (isNew || (this.#isInvalid && this.#rejection === null)) this.#accept(isNew, isDone)
    if (isDone && !this.#isInvalid) this.#write() // in the notation's own format
  }

  #accept(isNew: boolean, isDone: boolean): void {
    this.#entry ??= { before: this.#source.get(), stored: [] }
    const result = this.#parse(isDone)
    const isTyping = this.#segments?.isTyping && !isDone // what is a date by now may become another one
    if ('value' in result && !isTyping) {
      this.#store(result.value)
      return this.#listener.onInput(result.value)
    }
    this.#isInvalid = true
    const isPartial = isTyping || 'value' in result || (result.isPartial && !isDone)
    this.#setError(isPartial ? '' : result.reason)
    if (!isPartial && this.#revert() && isNew) this.#listener.onInput(this.#source.get())
  }

  #parse(isDone: boolean): ParseResult {
    const { value: text, validity } = this.#element
    if (validity.badInput) return { reason: this.#notation.incomplete, isPartial: true }
    return this.#notation.parse(text, this.#entry?.before ?? this.#source.get(), isDone)
  }

  #store(value: Json): void {
    this.#isInvalid = false
    this.#shown = value
    if (equal(value, this.#source.get())) return this.#setError(null)
    if (this.#rejection === null) this.#setError(null)
    this.#entry?.stored.push(value)
    if (this.#segments) this.#entry = null // what follows is another entry
    this.#edit(value)
  }

  #edit(value: Json): void {
    this.#hasUnacknowledged = true
    this.#source.edit([{ op: 'replace', path: [], value }])
  }

  /** Restore the value from before the input, unless another one was stored meanwhile; return whether it was restored. */
  #revert(): boolean {
    if (!this.#entry) return false
    const { before, stored } = this.#entry
    const present = this.#source.get()
    if (!stored.some((value) => equal(value, present)) || equal(before, present)) return false
    this.#entry.stored = []
    this.#edit(before)
    return true
  }

  /** Report an error of the input itself, or none. */
  #setError(reason: string | null): void {
    this.#rejection = null
    this.#listener.onError(reason)
  }

  /** Keep rejected input in the element, and submit it once more: an earlier value may have been rejected with it. */
  #onRejected(reason: string): boolean {
    if (this.#isStopped || !this.#hasUnacknowledged || this.#source.home !== this.#home) return false
    const text = this.#element.value
    const result = this.#parse(true)
    // It was reverted already, or the user is typing another one.
    if (!('value' in result) || (this.#isInvalid && this.#segments?.isTyping)) return true
    if (equal(result.value, this.#source.get())) return true // a later edit is not acknowledged yet
    this.#setError(reason)
    this.#rejection = reason
    this.#isInvalid = true
    if (text !== this.#resubmitted) {
      this.#resubmitted = text
      this.#isInvalid = false
      this.#edit(result.value)
    } else this.#revert()
    return true
  }

  #onAcknowledged(): void {
    this.#hasUnacknowledged = false
    if (this.#rejection === null || this.#isInvalid) return
    this.#resubmitted = null
    this.#setError(null)
  }

  #onKey(event: KeyboardEvent): void {
    if (isComposed(event)) return
    if (event.key === 'Enter') this.#readElement(true)
    if (event.key === 'Escape' && (this.#isInvalid || this.#element.validity.badInput)) this.discard()
    const action = shortcutOf(event)
    if (action) this.#runHistory(event, action)
  }

  #onBeforeInput(event: InputEvent): void {
    const action = historyActionOf(event)
    if (action) this.#runHistory(event, action)
  }

  /** Undo or redo the user's own edits. */
  #runHistory(event: Event, action: HistoryAction): void {
    if (!this.#source.hasHistory || this.#isInvalid || this.#isComposing) return
    event.preventDefault()
    if (!this.#source[action]()) return
    this.#write()
    this.#listener.onInput(this.#source.get())
  }

  /** Show the variable's value in the place of the input. */
  discard(): void {
    this.#isInvalid = false
    this.#resubmitted = null
    this.#setError(null)
    this.#write()
  }

  #write(): void {
    const value = this.#source.get()
    const text = this.#notation.format(value)
    this.#entry = null
    this.#shown = value
    this.#segments?.end()
    // Incomplete input of a date leaves `value` empty, so an empty text is written, too.
    if (this.#element.value !== (text ?? '') || this.#element.validity.badInput) this.#element.value = text ?? ''
    this.#content = this.#element.value
    this.#wasBadInput = this.#element.validity.badInput
    if (text === null) this.#listener.onError(FIELD.unshowable(JSON.stringify(value)))
    else if (this.#rejection === null) this.#listener.onError(null)
  }
}
