/**
 * Keeps the element of a text field in step with its variable. What the user types is in the element before anybody
 * hears of it, and leaves as a splice; what others do comes in around the caret. No React: it would write the element.
 */

import { apply, diff, InvalidEdit, rebase } from '../edits'
import type { Unsubscribe } from '../observable'
import type { Json, Op, Ops, Splice } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import type { Source } from '../variables/source'
import { DisplayedText } from './displayedText'
import { changeBetween, changed, changeOf, moved, type Selection, spliceOf, type TextChange } from './text'

/** The variable of a text field. */
export type TextSource = Pick<
  Source,
  'get' | 'edit' | 'subscribe' | 'watchRemote' | 'hasHistory' | 'undo' | 'redo' | 'home' | 'captureRejections'
>

export type TextElement = HTMLInputElement | HTMLTextAreaElement

export interface Listener {
  /** The user has made this of the value. */
  onTyped(value: Json): void
  /** Why the element shows something else than the variable has; `null` once it does not. */
  onRefused(reason: string | null): void
}

/** A value as a text field shows it. */
export function textOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Text of an element that its variable does not have, because it was refused; with the variable's home and text. */
export interface Draft {
  text: string
  home: string
  stored: string
}

export function draftOf(element: TextElement, source: TextSource): Draft {
  return { text: element.value, home: source.home, stored: textOf(source.get()) }
}

/** Put a draft into the element, unless the variable has changed since; return whether that was done. */
export function restoreDraft(draft: Draft, element: TextElement, source: TextSource): boolean {
  if (source.home !== draft.home || textOf(source.get()) !== draft.stored) return false
  element.value = draft.text
  return true
}

/** Listen to events of an element. */
export function listen(element: EventTarget, listeners: Record<string, (event: Event) => void>): Unsubscribe {
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener)
  return () => {
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener)
  }
}

/** Whether the key belongs to an input method; Safari tells so by its code alone. */
export function isComposed(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Makes a text where there is nothing; others may begin it at the same time. */
const BEGINNING: Op = { op: 'add', path: [], value: '' }

/** How many ops of others are put past what waits to be told. The difference of the texts does as well. */
const MOST_OVER = 1000

export class TextBinding {
  readonly #element: TextElement
  readonly #listener: Listener
  readonly #isLine: boolean
  readonly #rejectionHandler: RejectionHandler = {
    rejected: (reason) => this.#onRefused(reason),
    acknowledged: () => this.#onTaken(),
  }
  #source: TextSource
  #home: string
  #stopListening: Unsubscribe
  /** Whether something that was typed here is not saved yet. */
  #isUnsettled = false
  #isStopped = false
  /** The variable's text, which the element shows, unless something in it is still to be told. */
  #shown: DisplayedText
  /** What the element held when it was last looked at: a script may have changed it since, without any event. */
  #known = ''
  /** What others have made of the text and the selection in this very moment; the element does not show it yet. */
  #unwritten: { text: string; selection: Selection | null } | null = null
  /** What others have done since something in the element is still to be told: composed, or refused. */
  #over: Ops | null = null
  #isComposing = false
  /** Why the element's text was refused. It stays there until the user changes it. */
  #reason: string | null = null
  /** What was refused as a whole, and is not to be offered again. */
  #offered: string | null = null
  /** While what was refused is taken out of the variable's text, which the element keeps. */
  #isReverting = false

  constructor(element: TextElement, source: TextSource, listener: Listener) {
    this.#element = element
    this.#listener = listener
    this.#isLine = element instanceof HTMLInputElement
    this.#source = source
    this.#home = source.home
    this.#stopListening = this.#listenTo(source)
    this.#shown = this.#asShown(textOf(source.get()))
    this.#put(this.#shown.text)
  }

  /** Listen to the element. */
  start(): Unsubscribe {
    const look = () => this.#look()
    const stops = [
      listen(this.#element, {
        input: look,
        change: look,
        blur: () => this.#onLeft(),
        compositionstart: () => {
          this.#isComposing = true
          this.#over ??= []
        },
        compositionend: () => this.#onComposed(),
        beforeinput: (event) => this.#onBeforeInput(event as InputEvent),
        paste: (event) => this.#onPaste(event as ClipboardEvent),
        keydown: (event) => this.#onKey(event as KeyboardEvent),
      }),
      this.#element.form ? listen(this.#element.form, { submit: look }) : () => {},
    ]
    return () => {
      if (this.#isComposing) this.#onComposed() // the element is going: what was composed so far is what was typed
      this.#isStopped = true
      for (const stop of stops) stop()
      this.#stopListening()
    }
  }

  #listenTo(source: TextSource): Unsubscribe {
    const stops = [source.watchRemote((ops) => this.#onRemote(ops)), source.captureRejections(this.#rejectionHandler)]
    return () => {
      for (const stop of stops) stop()
    }
  }

  get isRefused(): boolean {
    return this.#reason !== null && this.#over !== null
  }

  get draft(): Draft | null {
    return this.isRefused ? draftOf(this.#element, this.#source) : null
  }

  adopt(draft: Draft): void {
    if (restoreDraft(draft, this.#element, this.#source)) this.#look()
  }

  /** Go on with another variable, or with the same in another place: the item that the field is in has moved. */
  follow(source: TextSource): void {
    if (source === this.#source) return
    const before = this.#stopListening
    this.#source = source
    this.#stopListening = this.#listenTo(source)
    before()
  }

  /** Show the variable's value, unless the user has something else in the making. */
  sync(isOwn = false): void {
    if (this.#source.home !== this.#home) return this.#moveHome()
    this.#writeWaiting()
    if (this.#isUntold) return this.#look()
    const text = textOf(this.#source.get())
    if (this.#over) {
      if (this.#reason !== null && this.#asShown(text).text === this.#element.value) this.#settle()
      return
    }
    if (text !== this.#shown.value) this.#show(text, isOwn)
  }

  /** Whether somebody has changed the element without telling. */
  get #isUntold(): boolean {
    return !this.#unwritten && !this.#isComposing && this.#element.value !== this.#known
  }

  /** Tell the variable what the element shows. */
  #look(): void {
    if (this.#isComposing) return
    this.#writeWaiting()
    const text = this.#element.value
    if (text === this.#known) return
    this.#known = text
    if (this.#reason === null || !this.#over) this.#tell()
    else if (text === this.#shown.text) this.#settle()
    else this.#offer()
    this.#listener.onTyped(this.#over ? text : this.#shown.value)
  }

  /** What is in the element is what the variable has: nothing is refused any more. */
  #settle(): void {
    this.#over = null
    this.#offered = null
    this.#explain(null)
    this.sync()
  }

  #explain(reason: string | null): void {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#listener.onRefused(reason)
  }

  /** What was refused in parts may be right as a whole. */
  #offer(): void {
    const text = this.#element.value
    if (text === this.#offered) return
    this.#offered = text
    this.#tell()
  }

  /** Put what the user has made of the text into what it has become meanwhile. */
  #tell(): void {
    const over = this.#over ?? []
    const [shown, now] = [this.#shown, this.#source.get()]
    const change = this.#typed()
    this.#over = null
    if (!change) return this.sync()
    this.#shown = this.#asShown(changed(shown.value, change))
    this.#isUnsettled = true
    if (now === null || typeof now !== 'string') {
      const text = this.#shown.value
      this.#source.edit(now === null ? beginning(text) : [{ op: 'replace', path: [], value: text }])
    } else {
      const mine = [spliceOf(shown.value, change)]
      const others = now === shown.value ? [] : happened(shown.value, over, now)
      if (others.length > 0) this.#take(rebase(others, mine, { earlier: true, left: false }))
      this.#source.edit(others.length > 0 ? rebase(mine, others, { left: true }) : mine)
    }
    if (!this.#over) this.sync()
  }

  /** What the user has changed in the value; `null` if nothing. */
  #typed(): TextChange | null {
    const { value: text, selectionEnd } = this.#element
    return this.#shown.typed(text, selectionEnd ?? undefined)
  }

  /** Keep in the element what was refused, and offer it as a whole. Others see what the variable has. */
  #onRefused(reason: string): boolean {
    if (this.#isStopped || !this.#isUnsettled || this.#source.home !== this.#home) return false
    this.#writeWaiting()
    this.#shown = this.#asShown(textOf(this.#source.get()))
    if (this.#shown.text === this.#element.value) {
      this.#settle() // and has been taken back meanwhile
      return true
    }
    this.#over = []
    this.#isReverting = true
    queueMicrotask(() => {
      this.#isReverting = false
    })
    this.#explain(reason)
    if (!this.#isComposing) this.#offer()
    return true
  }

  #onTaken(): void {
    this.#isUnsettled = false
    if (this.#reason !== null && !this.#over) this.#settle()
  }

  #onRemote(ops: Ops): void {
    if (this.#isReverting) return
    if (this.#over) {
      this.#over = this.#over.length < MOST_OVER ? [...this.#over, ...ops] : []
    } else if (this.#isUntold) {
      this.#over = ops
      queueMicrotask(() => this.#look())
    } else this.#take(ops)
  }

  /** Show what others have done. Whatever else the value has become is shown by `sync`. */
  #take(ops: Ops): void {
    let text = this.#shown.value
    let selection = this.#unwritten ? this.#unwritten.selection : this.#selection
    for (const op of ops) {
      if (!isTextSplice(op)) return
      const change = changeOf(text, op)
      text = changed(text, change)
      if (selection) selection = moved(selection, change)
    }
    // Once for all that comes together: the browser lays a field out anew each time it is written to.
    if (!this.#unwritten) queueMicrotask(() => this.#writeWaiting())
    this.#shown = this.#asShown(text)
    this.#unwritten = { text, selection }
  }

  #writeWaiting(): void {
    const unwritten = this.#unwritten
    if (unwritten) this.#write(unwritten.text, unwritten.selection)
  }

  #onComposed(): void {
    this.#isComposing = false
    const isSame = this.#element.value === this.#known
    if (!isSame) this.#look()
    else if (this.#reason !== null) this.#offer()
    else this.#over = null
    this.sync()
  }

  #onBeforeInput(event: InputEvent): void {
    if (event.inputType === 'historyUndo') this.#travel(event, 'undo')
    if (event.inputType === 'historyRedo') this.#travel(event, 'redo')
  }

  /** Lines become one, with spaces between them: browsers put them together without, or with one at the end. */
  #onPaste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (!this.#isLine || !/[\r\n]/.test(text)) return
    event.preventDefault()
    const line = text.replace(/^[\r\n]+|[\r\n]+$/g, '').replace(/[ \t]*[\r\n]+[ \t]*/g, ' ')
    document.execCommand('insertText', false, line) // which the browser can undo
  }

  #onKey(event: KeyboardEvent): void {
    if (isComposed(event)) return
    if (event.key === 'Escape' && this.#reason !== null) return this.#giveUp()
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'z') this.#travel(event, event.shiftKey ? 'redo' : 'undo')
    if (key === 'y' && event.ctrlKey && !event.shiftKey) this.#travel(event, 'redo')
  }

  /** Show the variable's text instead of what was refused. */
  #giveUp(): void {
    this.#over = null
    this.#offered = null
    this.#explain(null)
    this.#show(textOf(this.#source.get()))
  }

  /** What was refused elsewhere has no place here. */
  #moveHome(): void {
    this.#home = this.#source.home
    this.#unwritten = null
    this.#isComposing = false
    this.#giveUp()
  }

  /** The browser would undo what others have typed, too. */
  #travel(event: Event, way: 'undo' | 'redo'): void {
    if (!this.#source.hasHistory || this.#over) return
    event.preventDefault()
    if (!this.#source[way]()) return
    this.sync(true)
    this.#listener.onTyped(this.#shown.value)
  }

  #onLeft(): void {
    if (this.#isComposing) this.#onComposed()
    else this.#look()
  }

  /** Show another text. Nobody says how it came about, so the caret stays as well as it can; or `isOwn` goes there. */
  #show(text: string, isOwn = false): void {
    this.#writeWaiting()
    const change = changeBetween(this.#shown.value, text)
    const there = change ? change.at + change.come.length : 0
    const selection = this.#selection
    if (isOwn && change) this.#write(text, { start: there, end: there })
    else this.#write(text, selection && change ? moved(selection, change) : selection)
  }

  #write(text: string, selection: Selection | null): void {
    const element = this.#element
    const { scrollTop, scrollLeft, selectionDirection } = element
    this.#shown = this.#asShown(text)
    this.#unwritten = null
    this.#put(this.#shown.text)
    if (selection) {
      const [start, end] = [this.#shown.inElement(selection.start), this.#shown.inElement(selection.end)]
      element.setSelectionRange(start, end, selectionDirection ?? 'none')
    }
    element.scrollTop = scrollTop
    element.scrollLeft = scrollLeft
  }

  #put(text: string): void {
    this.#element.value = text
    this.#known = this.#element.value
  }

  #asShown(text: string): DisplayedText {
    return this.#shown?.value === text ? this.#shown : new DisplayedText(text, this.#isLine)
  }

  /** What is selected, as offsets in the value; `null` where nobody would see it, or the element cannot tell. */
  get #selection(): Selection | null {
    const { selectionStart: start, selectionEnd: end } = this.#element
    if (start === null || end === null || document.activeElement !== this.#element) return null
    return { start: this.#shown.inValue(start), end: this.#shown.inValue(end) }
  }
}

function beginning(text: string): Ops {
  return [BEGINNING, { op: 'splice', path: [], at: 0, delete: 0, insert: text }]
}

/** The splices that have made `now` of `before`: those that were heard of, unless others in this tab did something, too. */
function happened(before: string, heard: Ops, now: string): Ops {
  try {
    if (heard.every(isTextSplice) && apply(before, heard) === now) return heard
  } catch (error) {
    if (!(error instanceof InvalidEdit)) throw error
  }
  return diff(before, now)
}

function isTextSplice(op: Ops[number]): op is Splice {
  return op.op === 'splice' && op.path.length === 0
}
