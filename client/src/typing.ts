/**
 * Keeps the element of a text field in step with its variable. What the user types is in the element before anybody
 * hears of it, and leaves as a splice; what others do comes in around the caret. No React: it would write the element.
 */

import { apply, diff, rebase } from './edits'
import type { Source } from './graph'
import type { Stop } from './holder'
import type { Json, Op, Ops, Splice } from './protocol'
import { changeBetween, changed, changeOf, moved, type Selection, spliceOf } from './text'

/** The variable of a text field. */
export type TextSource = Pick<
  Source,
  'get' | 'edit' | 'subscribe' | 'watchRemote' | 'hasHistory' | 'undo' | 'redo' | 'refusal' | 'heed'
>

export type TextElement = HTMLInputElement | HTMLTextAreaElement

/** A value as a text field shows it. */
export function textOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Makes a text where there is nothing; others may begin it at the same time. */
const BEGINNING: Op = { op: 'add', path: [], value: '' }

export class Typing {
  readonly #element: TextElement
  readonly #onTyped: (text: string) => void
  readonly #isWhole: boolean
  #source: TextSource
  #stopWatching: Stop
  /** The variable's text, which the element shows; `null` while the server refuses what it shows instead. */
  #text: string | null
  /** What others have made of the text and the selection in this very moment; the element does not show it yet. */
  #unwritten: { text: string; selection: Selection | null } | null = null
  /** What was typed as a whole since it was refused, and is not to be offered again. */
  #offered: string | null = null
  /** Ends what began when something was typed: refusals show here, until the field is left. */
  #stopHeeding: Stop | null = null
  /** What others have done since an input method began to compose; `null` while none does. */
  #over: Ops | null = null

  /**
   * `onTyped` is called with what the user has made of the text. One that `isWhole`, a date, is a value rather than
   * characters.
   */
  constructor(element: TextElement, source: TextSource, onTyped: (text: string) => void, isWhole = false) {
    this.#element = element
    this.#onTyped = onTyped
    this.#isWhole = isWhole
    this.#source = source
    this.#stopWatching = source.watchRemote((ops) => this.#onRemote(ops))
    this.#text = textOf(source.get())
    element.value = this.#text
  }

  /** Listen to the element. */
  start(): Stop {
    const listeners: Record<string, (event: Event) => void> = {
      input: () => this.#onInput(),
      compositionstart: () => {
        this.#over ??= []
      },
      compositionend: () => this.#onComposed(),
      beforeinput: (event) => this.#onBeforeInput(event as InputEvent),
      keydown: (event) => this.#onKey(event as KeyboardEvent),
      blur: () => this.#onLeft(),
    }
    for (const [name, listener] of Object.entries(listeners)) this.#element.addEventListener(name, listener)
    return () => {
      for (const [name, listener] of Object.entries(listeners)) this.#element.removeEventListener(name, listener)
      this.#stopWatching()
      this.#stopHeeding?.()
    }
  }

  /** Go on with another variable, or with the same in another place: the item that the field is in has moved. */
  follow(source: TextSource): void {
    if (source === this.#source) return
    this.#stopWatching()
    this.#source = source
    if (this.#stopHeeding) this.#heed()
    this.#stopWatching = source.watchRemote((ops) => this.#onRemote(ops))
  }

  /** Show the variable's value, unless the user has something else in the making. */
  sync(isOwn = false): void {
    this.#writeWaiting()
    if (this.#over) return
    if (this.#isRefused) return this.#offer()
    const text = textOf(this.#source.get())
    if (text === this.#text) return
    if (this.#text === null && this.#element.value === text) this.#text = text
    else this.#show(text, isOwn)
  }

  get #isRefused(): boolean {
    return this.#stopHeeding !== null && this.#source.refusal !== null
  }

  #heed(): void {
    const before = this.#stopHeeding
    this.#stopHeeding = this.#source.heed()
    before?.()
  }

  #onInput(): void {
    if (!this.#over) this.#edit(this.#element.value)
  }

  #edit(text: string): void {
    if (text === this.#text) return
    if (!this.#stopHeeding) this.#heed()
    if (this.#isRefused) this.#offer()
    else {
      const ops = this.#opsFor(text)
      this.#text = text
      this.#source.edit(ops)
      this.sync() // what was refused at once goes again
    }
    this.#onTyped(text)
  }

  #opsFor(text: string): Ops {
    const present = this.#source.get()
    if (!this.#isWhole && this.#text !== null) {
      if (present === null) return [BEGINNING, { op: 'splice', path: [], at: 0, delete: 0, insert: text }]
      const isText = typeof present === 'string'
      const change = isText ? changeBetween(this.#text, text, this.#element.selectionEnd ?? undefined) : null
      if (change) return [spliceOf(this.#text, change)]
    }
    return [{ op: 'replace', path: [], value: text }]
  }

  /** What parts of a text were refused for may be right as a whole, which is what is typed. */
  #offer(): void {
    const text = this.#element.value
    this.#text = null
    if (text === this.#offered) return
    this.#offered = text
    this.#source.edit([{ op: 'replace', path: [], value: text }])
  }

  #onRemote(ops: Ops): void {
    if (this.#over) this.#over = [...this.#over, ...ops]
    else if (this.#text !== null && !this.#isRefused) this.#take(ops)
  }

  /** Show what others have done. Whatever else the value has become is shown by `sync`. */
  #take(ops: Ops): void {
    let text = this.#text as string
    const isShownAsItIs = this.#unwritten !== null || this.#element.value === text
    let selection = this.#unwritten ? this.#unwritten.selection : this.#selection
    for (const op of ops) {
      if (!isTextSplice(op)) return
      const change = changeOf(text, op)
      text = changed(text, change)
      if (selection) selection = moved(selection, change)
    }
    if (!isShownAsItIs) return this.#show(text)
    // Once for all that comes together: the browser lays a field out anew each time it is written to.
    if (!this.#unwritten) queueMicrotask(() => this.#writeWaiting())
    this.#text = text
    this.#unwritten = { text, selection }
  }

  #writeWaiting(): void {
    const unwritten = this.#unwritten
    if (unwritten) this.#write(unwritten.text, unwritten.selection)
  }

  /** What was composed is put into what the text has become meanwhile. */
  #onComposed(): void {
    const heard = this.#over ?? []
    this.#over = null
    const [before, composed, now] = [this.#text, this.#element.value, this.#source.get()]
    const change = before === null ? null : changeBetween(before, composed, this.#element.selectionEnd ?? undefined)
    if (before === null || change === null || now === before || typeof now !== 'string' || this.#isRefused) {
      this.#edit(composed)
      return this.sync()
    }
    const over = happened(before, heard, now)
    const mine = [spliceOf(before, change)]
    this.#text = composed
    this.#take(rebase(over, mine, { earlier: true, left: false }))
    if (!this.#stopHeeding) this.#heed()
    this.#source.edit(rebase(mine, over, { left: true }))
    this.sync()
    this.#onTyped(this.#element.value)
  }

  #onBeforeInput(event: InputEvent): void {
    if (event.inputType === 'historyUndo') this.#travel(event, 'undo')
    if (event.inputType === 'historyRedo') this.#travel(event, 'redo')
  }

  #onKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return
    const key = event.key.toLowerCase()
    if (key === 'z') this.#travel(event, event.shiftKey ? 'redo' : 'undo')
    if (key === 'y' && event.ctrlKey && !event.shiftKey) this.#travel(event, 'redo')
  }

  /** The browser would undo what others have typed, too. */
  #travel(event: Event, way: 'undo' | 'redo'): void {
    if (!this.#source.hasHistory || this.#over || this.#isRefused) return
    event.preventDefault()
    if (!this.#source[way]()) return
    this.sync(true)
    this.#onTyped(this.#element.value)
  }

  #onLeft(): void {
    this.#stopHeeding?.()
    this.#stopHeeding = null
    this.#offered = null
    this.sync()
  }

  /** Show another text. Nobody says how it came about, so the caret stays as well as it can; or `isOwn` goes there. */
  #show(text: string, isOwn = false): void {
    this.#writeWaiting()
    const before = this.#element.value
    const change = changeBetween(before, text)
    const there = change ? change.at + change.come.length : 0
    const selection = this.#selection
    if (isOwn && change) this.#write(text, { start: there, end: there })
    else this.#write(text, selection && change ? moved(selection, change) : selection)
  }

  #write(text: string, selection: Selection | null): void {
    const element = this.#element
    const { scrollTop, scrollLeft, selectionDirection } = element
    this.#text = text
    this.#unwritten = null
    element.value = text
    if (selection) element.setSelectionRange(selection.start, selection.end, selectionDirection ?? 'none')
    element.scrollTop = scrollTop
    element.scrollLeft = scrollLeft
  }

  /** What is selected; `null` where nobody would see it, or the element cannot tell. */
  get #selection(): Selection | null {
    const { selectionStart: start, selectionEnd: end } = this.#element
    return start === null || end === null || document.activeElement !== this.#element ? null : { start, end }
  }
}

/** The splices that have made `now` of `before`: those that were heard of, unless others in this tab did something, too. */
function happened(before: string, heard: Ops, now: string): Ops {
  const areAll = heard.every(isTextSplice) && apply(before, heard) === now
  return areAll ? heard : diff(before, now)
}

function isTextSplice(op: Ops[number]): op is Splice {
  return op.op === 'splice' && op.path.length === 0
}
