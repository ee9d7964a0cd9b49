/**
 * Keeps the element of a field in step with a value that is entered as a whole: a number, a day, a time. The variable
 * holds what the element shows or, while that cannot be read, what it held before. No React, as in `typing.ts`.
 */

import { equal } from '../edits'
import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import { type Draft, draftOf, isComposed, type Listener, listen, restoreDraft, type TextSource } from './textBinding'

/** The value that a text means, or why it means none. */
export type Reading = { value: Json } | { reason: string /** The next key may complete it. */; isBegun?: boolean }

/** The texts that a kind of value is written with. */
export interface Notation {
  /** `null` if it is no such value. */
  show(value: Json): string | null
  /** `before` is the value that is being changed; `isDone`: nobody is typing. */
  read(text: string, before: Json, isDone: boolean): Reading
  /** Why something half-typed, which the element keeps to itself, is no value. */
  readonly incomplete: string
}

export class ValueBinding {
  readonly #element: HTMLInputElement
  readonly #listener: Listener
  readonly #notation: Notation
  readonly #rejectionHandler: RejectionHandler = {
    rejected: (reason) => this.#onRefused(reason),
    acknowledged: () => this.#onTaken(),
  }
  #source: TextSource
  #home: string
  #stopCapturing: Unsubscribe
  #isStopped = false
  /** Whether something that was entered here is not saved yet. */
  #isUnsettled = false
  /** What the element held when it was last looked at. */
  #known = ''
  #wasBad = false
  /** The value that the element was written for. */
  #shown: Json = null
  /** What the variable had before the user began to type, and what was stored of that since. */
  #typing: { before: Json; stored: Json[] } | null = null
  /** Whether the element shows what the variable does not have. */
  #isHeld = false
  #isComposing = false
  /** Why the server has refused what the element shows, until it takes something. */
  #refusal: string | null = null
  /** What was refused, and is not to be offered again: another edit may have been meant. */
  #offered: string | null = null

  constructor(element: HTMLInputElement, source: TextSource, listener: Listener, notation: Notation) {
    this.#element = element
    this.#listener = listener
    this.#notation = notation
    this.#source = source
    this.#home = source.home
    this.#stopCapturing = source.captureRejections(this.#rejectionHandler)
    this.#write()
  }

  start(): Unsubscribe {
    const look = () => this.#look()
    const finish = () => this.#look(true)
    const stops = [
      listen(this.#element, {
        input: look,
        change: look,
        blur: finish,
        compositionstart: () => {
          this.#isComposing = true
        },
        compositionend: () => {
          this.#isComposing = false
          this.#look()
        },
        beforeinput: (event) => this.#onBeforeInput(event as InputEvent),
        keydown: (event) => this.#onKey(event as KeyboardEvent),
      }),
      this.#element.form ? listen(this.#element.form, { submit: finish }) : () => {},
    ]
    return () => {
      this.#isStopped = true
      for (const stop of stops) stop()
      this.#stopCapturing()
    }
  }

  get isRefused(): boolean {
    return this.#isHeld
  }

  get draft(): Draft | null {
    return this.#isHeld ? draftOf(this.#element, this.#source) : null
  }

  adopt(draft: Draft): void {
    if (restoreDraft(draft, this.#element, this.#source)) this.#look(false)
  }

  follow(source: TextSource): void {
    if (source === this.#source) return
    const before = this.#stopCapturing
    this.#source = source
    this.#stopCapturing = source.captureRejections(this.#rejectionHandler)
    before()
  }

  /** Show the variable's value, unless the user has something else in the making. */
  sync(): void {
    if (this.#source.home !== this.#home) {
      this.#home = this.#source.home
      return this.#giveUp()
    }
    if (this.#isComposing) return
    if (this.#element.value !== this.#known) return this.#look()
    const present = this.#source.get()
    if (this.#isHeld) {
      if (this.#notation.show(present) === this.#element.value) this.#giveUp()
    } else if (!equal(present, this.#shown)) this.#write()
  }

  /** Store what the element shows, if it can be read. */
  #look(isDone = document.activeElement !== this.#element): void {
    if (this.#isComposing) return
    const { value: text, validity } = this.#element
    const isNew = text !== this.#known || validity.badInput !== this.#wasBad
    this.#known = text
    this.#wasBad = validity.badInput
    if (isNew || (this.#isHeld && this.#refusal === null)) this.#take(isNew, isDone)
    if (isDone && !this.#isHeld) this.#write() // as what was stored is written
  }

  #take(isNew: boolean, isDone: boolean): void {
    this.#typing ??= { before: this.#source.get(), stored: [] }
    const reading = this.#read(isDone)
    if ('value' in reading) {
      this.#store(reading.value)
      return this.#listener.onTyped(reading.value)
    }
    this.#isHeld = true
    this.#explain(isDone || !reading.isBegun ? reading.reason : null)
    const isOnTheWay = reading.isBegun === true && !isDone
    if (!isOnTheWay && this.#takeBack() && isNew) this.#listener.onTyped(this.#source.get())
  }

  #read(isDone: boolean): Reading {
    const { value: text, validity } = this.#element
    if (validity.badInput) return { reason: this.#notation.incomplete, isBegun: true }
    return this.#notation.read(text, this.#typing?.before ?? this.#source.get(), isDone)
  }

  #store(value: Json): void {
    this.#isHeld = false
    this.#shown = value
    if (equal(value, this.#source.get())) return this.#explain(null)
    if (this.#refusal === null) this.#explain(null)
    this.#typing?.stored.push(value)
    this.#edit(value)
  }

  #edit(value: Json): void {
    this.#isUnsettled = true
    this.#source.edit([{ op: 'replace', path: [], value }])
  }

  /** Make the value what it was before, if what it is now was only on the way to something that cannot be stored. */
  #takeBack(): boolean {
    if (!this.#typing) return false
    const { before, stored } = this.#typing
    const present = this.#source.get()
    if (!stored.some((value) => equal(value, present)) || equal(before, present)) return false
    this.#typing.stored = []
    this.#edit(before)
    return true
  }

  #explain(reason: string | null): void {
    this.#refusal = null
    this.#listener.onRefused(reason)
  }

  #onRefused(reason: string): boolean {
    if (this.#isStopped || !this.#isUnsettled || this.#source.home !== this.#home) return false
    const text = this.#element.value
    const reading = this.#read(true)
    if (!('value' in reading)) return true // it was taken back already
    if (equal(reading.value, this.#source.get())) return true // what was typed since is still to be settled
    this.#explain(reason)
    this.#refusal = reason
    this.#isHeld = true
    if (text !== this.#offered) {
      this.#offered = text
      this.#isHeld = false
      this.#edit(reading.value)
    } else this.#takeBack()
    return true
  }

  #onTaken(): void {
    this.#isUnsettled = false
    if (this.#refusal === null || this.#isHeld) return
    this.#offered = null
    this.#explain(null)
  }

  #onBeforeInput(event: InputEvent): void {
    if (event.inputType === 'historyUndo') this.#travel(event, 'undo')
    if (event.inputType === 'historyRedo') this.#travel(event, 'redo')
  }

  #onKey(event: KeyboardEvent): void {
    if (isComposed(event)) return
    if (event.key === 'Enter') this.#look(true)
    if (event.key === 'Escape' && this.#isHeld) this.#giveUp()
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'z') this.#travel(event, event.shiftKey ? 'redo' : 'undo')
    if (key === 'y' && event.ctrlKey && !event.shiftKey) this.#travel(event, 'redo')
  }

  #travel(event: Event, way: 'undo' | 'redo'): void {
    if (!this.#source.hasHistory || this.#isHeld || this.#isComposing) return
    event.preventDefault()
    if (!this.#source[way]()) return
    this.#write()
    this.#listener.onTyped(this.#source.get())
  }

  /** Show the variable's value instead of what was typed. */
  #giveUp(): void {
    this.#isHeld = false
    this.#offered = null
    this.#explain(null)
    this.#write()
  }

  #write(): void {
    const value = this.#source.get()
    const text = this.#notation.show(value)
    this.#typing = null
    this.#shown = value
    // Also where it is the same: of a day that is half-typed the element holds nothing.
    if (this.#element.value !== (text ?? '') || this.#element.validity.badInput) this.#element.value = text ?? ''
    this.#known = this.#element.value
    this.#wasBad = this.#element.validity.badInput
    if (text === null) this.#listener.onRefused(`${JSON.stringify(value)} cannot be shown here.`)
    else if (this.#refusal === null) this.#listener.onRefused(null)
  }
}
