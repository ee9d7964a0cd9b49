/**
 * The binding of a text field. Input appears in the element at once and goes to the variable as a splice; remote edits
 * appear around the caret. No React, which would overwrite the element.
 */

import { apply, diff, InvalidEdit, rebase } from '../edits'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Op, Ops, Splice } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import { textOf } from '../view/values'
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
  type TextElement,
} from './binding'
import { DisplayedText } from './displayedText'
import { applyChange, changeBetween, changeOf, type Selection, spliceOf, type TextChange, transformed } from './text'

/** Adds an empty string where there is no value; two users may do so at the same time. */
const ADD_EMPTY: Op = { op: 'add', path: [], value: '' }

/** The most remote ops that input is rebased over. For more, the difference of the texts is as good. */
const MAX_CONCURRENT = 1000

export class TextBinding implements Binding {
  readonly #element: TextElement
  readonly #listener: BindingListener
  readonly #isSingleLine: boolean
  readonly #rejectionHandler: RejectionHandler = {
    rejected: (reason) => this.#onRejected(reason),
    acknowledged: () => this.#onAcknowledged(),
  }
  #source: FieldSource
  #home: string
  #unsubscribe: Unsubscribe
  #isStopped = false
  /** True once the user has written here. */
  #isWritten = false
  /** True while an edit of this field is not acknowledged. */
  #hasUnacknowledged = false
  /** The variable's text as the element shows it, without input that is not submitted yet. */
  #displayed: DisplayedText
  /** The element's content when it was last read or written. A script may have changed it since, without an event. */
  #content = ''
  /** The text and the selection after the remote edits of this task, which the element does not show yet. */
  #unwritten: { text: string; selection: Selection | null } | null = null
  /** Remote ops since input is held back because it is being composed or was rejected; `null` if none is held back. */
  #concurrent: Ops | null = null
  #isComposing = false
  /** The reason why the element's text was rejected. The text stays there until the user changes it. */
  #rejection: string | null = null
  /** The text that was submitted a second time, as a whole; it is not submitted again. */
  #resubmitted: string | null = null
  /** True while the variable takes back a rejected edit; the element keeps its text. */
  #isReverting = false

  constructor(element: TextElement, source: FieldSource, listener: BindingListener) {
    this.#element = element
    this.#listener = listener
    this.#isSingleLine = element instanceof HTMLInputElement
    this.#source = source
    this.#home = source.home
    this.#unsubscribe = this.#subscribeTo(source)
    this.#displayed = this.#displayedAs(textOf(source.get()))
    this.#setContent(this.#displayed.text)
  }

  start(): Unsubscribe {
    const read = () => this.#readElement()
    const removeListeners = combineUnsubscribes([
      listen(this.#element, {
        input: read,
        change: () => this.#onDone(),
        blur: () => (this.#isComposing ? this.#onCompositionEnd() : this.#readElement()),
        compositionstart: () => {
          this.#isComposing = true
          this.#concurrent ??= []
        },
        compositionend: () => this.#onCompositionEnd(),
        beforeinput: (event) => this.#onBeforeInput(event as InputEvent),
        paste: (event) => this.#onPaste(event as ClipboardEvent),
        keydown: (event) => this.#onKey(event as KeyboardEvent),
      }),
      this.#element.form ? listen(this.#element.form, { submit: read, reset: () => this.discard() }) : () => {},
    ])
    return () => {
      if (this.#isComposing) this.#onCompositionEnd() // the element is removed: keep the input so far
      this.#isStopped = true
      removeListeners()
      this.#unsubscribe()
    }
  }

  #subscribeTo(source: FieldSource): Unsubscribe {
    return combineUnsubscribes([
      source.watchRemote((ops) => this.#onRemote(ops)),
      source.captureRejections(this.#rejectionHandler),
    ])
  }

  get isInvalid(): boolean {
    return this.#rejection !== null && this.#concurrent !== null
  }

  get draft(): Draft | null {
    return this.isInvalid ? draftOf(this.#element, this.#source) : null
  }

  adopt(draft: Draft): void {
    if (restoreDraft(draft, this.#element, this.#source)) this.#readElement()
  }

  follow(source: FieldSource): void {
    if (source === this.#source) return
    const before = this.#unsubscribe
    this.#source = source
    this.#unsubscribe = this.#subscribeTo(source)
    before()
  }

  /** With `isOwn`, the caret goes to the end of the change. */
  sync(isOwn = false): void {
    if (this.#source.home !== this.#home) return this.#changeHome()
    this.#flush()
    if (this.#hasUnreadInput) return this.#readElement()
    const text = textOf(this.#source.get())
    if (this.#concurrent) {
      if (this.#rejection !== null && this.#displayedAs(text).text === this.#element.value) this.#resolve()
      return
    }
    if (text !== this.#displayed.value) this.#show(text, isOwn)
  }

  /** True if the element was changed without an event. */
  get #hasUnreadInput(): boolean {
    return !this.#unwritten && !this.#isComposing && this.#element.value !== this.#content
  }

  /** Read the element, and submit what is new in it. */
  #readElement(): void {
    if (this.#isComposing) return
    this.#flush()
    const text = this.#element.value
    if (text === this.#content) return
    this.#content = text
    this.#isWritten = true
    if (!this.isInvalid) this.#submit()
    else if (text === this.#displayed.text) this.#resolve()
    else this.#resubmit()
    this.#listener.onInput(this.#concurrent ? text : this.#displayed.value)
  }

  /** End a rejection: the element shows the variable's text again. */
  #resolve(): void {
    this.#concurrent = null
    this.#resubmitted = null
    this.#setRejection(null)
    this.sync()
  }

  #setRejection(reason: string | null): void {
    if (reason === this.#rejection) return
    this.#rejection = reason
    this.#listener.onError(reason)
  }

  /** Submit rejected input as a whole: an intermediate state may have been rejected, and the present one be valid. */
  #resubmit(): void {
    const text = this.#element.value
    if (text === this.#resubmitted) return
    this.#resubmitted = text
    this.#submit()
  }

  /** Send the user's change to the variable, rebased over the concurrent remote ops. */
  #submit(): void {
    const concurrent = this.#concurrent ?? []
    const [displayed, present] = [this.#displayed, this.#source.get()]
    const change = this.#ownChange()
    this.#concurrent = null
    if (!change) return this.sync()
    this.#displayed = this.#displayedAs(applyChange(displayed.value, change))
    this.#hasUnacknowledged = true
    if (typeof present !== 'string') {
      const text = this.#displayed.value
      this.#source.edit(present === null ? addingText(text) : [{ op: 'replace', path: [], value: text }])
    } else {
      const own = [spliceOf(displayed.value, change)]
      const remote = present === displayed.value ? [] : remoteOps(displayed.value, concurrent, present)
      if (remote.length > 0) this.#applyRemote(rebase(remote, own, { earlier: true, left: false }))
      this.#source.edit(remote.length > 0 ? rebase(own, remote, { left: true }) : own)
    }
    if (!this.#concurrent) this.sync()
  }

  /** Return the user's change of the value; `null` if there is none. */
  #ownChange(): TextChange | null {
    const { value: text, selectionEnd } = this.#element
    return this.#displayed.changeTo(text, selectionEnd ?? undefined)
  }

  /** Keep rejected input in the element, and submit it once more as a whole. Others see the variable's text. */
  #onRejected(reason: string): boolean {
    if (this.#isStopped || !this.#hasUnacknowledged || this.#source.home !== this.#home) return false
    this.#flush()
    this.#displayed = this.#displayedAs(textOf(this.#source.get()))
    if (this.#displayed.text === this.#element.value) {
      this.#resolve() // the user has taken the input back meanwhile
      return true
    }
    this.#concurrent = []
    this.#isReverting = true
    queueMicrotask(() => {
      this.#isReverting = false
    })
    this.#setRejection(reason)
    if (!this.#isComposing) this.#resubmit()
    return true
  }

  #onAcknowledged(): void {
    this.#hasUnacknowledged = false
    if (this.#rejection !== null && !this.#concurrent) this.#resolve()
  }

  #onRemote(ops: Ops): void {
    if (this.#isReverting) return
    if (this.#isWritten && document.activeElement === this.#element && ops.some(isRemoval))
      this.#listener.onRemoved(this.#element.value)
    if (this.#concurrent) {
      this.#concurrent = this.#concurrent.length < MAX_CONCURRENT ? [...this.#concurrent, ...ops] : []
    } else if (this.#hasUnreadInput) {
      this.#concurrent = ops
      queueMicrotask(() => this.#readElement())
    } else this.#applyRemote(ops)
  }

  /** Apply remote splices to the displayed text. Any other change of the value is shown by `sync`. */
  #applyRemote(ops: Ops): void {
    let text = this.#displayed.value
    let selection = this.#unwritten ? this.#unwritten.selection : this.#selection
    for (const op of ops) {
      if (!isTextSplice(op)) return
      const change = changeOf(text, op)
      text = applyChange(text, change)
      if (selection) selection = transformed(selection, change)
    }
    // One write for all ops of this task: the browser computes the layout anew for each.
    if (!this.#unwritten) queueMicrotask(() => this.#flush())
    this.#displayed = this.#displayedAs(text)
    this.#unwritten = { text, selection }
  }

  /** Write the remote edits that the element does not show yet. */
  #flush(): void {
    const unwritten = this.#unwritten
    if (unwritten) this.#write(unwritten.text, unwritten.selection)
  }

  #onCompositionEnd(): void {
    this.#isComposing = false
    const isSame = this.#element.value === this.#content
    if (!isSame) this.#readElement()
    else if (this.#rejection !== null) this.#resubmit()
    else this.#concurrent = null
    this.sync()
  }

  /** Join pasted lines with spaces in a single-line field, where browsers would drop the line breaks. */
  #onPaste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (!this.#isSingleLine || !/[\r\n]/.test(text)) return
    event.preventDefault()
    const line = text.replace(/^[\r\n]+|[\r\n]+$/g, '').replace(/[ \t]*[\r\n]+[ \t]*/g, ' ')
    document.execCommand('insertText', false, line) // the browser can undo it
  }

  /** Remove blanks around an address, as browsers do in a field of its type, and read it. */
  #onDone(): void {
    const { value, inputMode } = this.#element
    if (/email|url/.test(inputMode) && !this.#isComposing) this.#element.value = value.trim()
    this.#readElement()
  }

  #onKey(event: KeyboardEvent): void {
    if (isComposed(event)) return
    if (event.key === 'Enter') this.#onDone()
    if (event.key === 'Escape' && this.#rejection !== null) return this.discard()
    const action = shortcutOf(event)
    if (action) this.#runHistory(event, action)
  }

  #onBeforeInput(event: InputEvent): void {
    const action = historyActionOf(event)
    if (action) this.#runHistory(event, action)
  }

  /** Undo or redo the user's own edits. The browser's own undo would also take back remote edits. */
  #runHistory(event: Event, action: HistoryAction): void {
    if (!this.#source.hasHistory || this.#concurrent) return
    event.preventDefault()
    if (!this.#source[action]()) return
    this.sync(true)
    this.#listener.onInput(this.#displayed.value)
  }

  /** Show the variable's text in the place of rejected input. */
  discard(): void {
    this.#concurrent = null
    this.#resubmitted = null
    this.#setRejection(null)
    this.#show(textOf(this.#source.get()))
  }

  /** Show another variable. Rejected input belongs to the former one. */
  #changeHome(): void {
    this.#home = this.#source.home
    this.#unwritten = null
    this.#isComposing = false
    this.discard()
  }

  /** Show another text. Without the ops that led to it, the caret is transformed over the difference. */
  #show(text: string, isOwn = false): void {
    this.#flush()
    const change = changeBetween(this.#displayed.value, text)
    const end = change ? change.at + change.inserted.length : 0
    const selection = this.#selection
    if (isOwn && change) this.#write(text, { start: end, end })
    else this.#write(text, selection && change ? transformed(selection, change) : selection)
  }

  #write(text: string, selection: Selection | null): void {
    const element = this.#element
    const { scrollTop, scrollLeft, selectionDirection } = element
    this.#displayed = this.#displayedAs(text)
    this.#unwritten = null
    this.#setContent(this.#displayed.text)
    if (selection) {
      const [start, end] = [
        this.#displayed.elementOffset(selection.start),
        this.#displayed.elementOffset(selection.end),
      ]
      element.setSelectionRange(start, end, selectionDirection ?? 'none')
    }
    element.scrollTop = scrollTop
    element.scrollLeft = scrollLeft
  }

  #setContent(text: string): void {
    this.#element.value = text
    this.#content = this.#element.value
  }

  #displayedAs(text: string): DisplayedText {
    return this.#displayed?.value === text ? this.#displayed : new DisplayedText(text, this.#isSingleLine)
  }

  /** The selection as offsets in the value; `null` if the element is not focused or does not tell its selection. */
  get #selection(): Selection | null {
    const { selectionStart: start, selectionEnd: end } = this.#element
    if (start === null || end === null || document.activeElement !== this.#element) return null
    return { start: this.#displayed.valueOffset(start), end: this.#displayed.valueOffset(end) }
  }
}

function addingText(text: string): Ops {
  return [ADD_EMPTY, { op: 'splice', path: [], at: 0, delete: 0, insert: text }]
}

/** Return splices from `before` to `present`: the received ops, or the difference if this tab has also changed it. */
function remoteOps(before: string, received: Ops, present: string): Ops {
  try {
    if (received.every(isTextSplice) && apply(before, received) === present) return received
  } catch (error) {
    if (!(error instanceof InvalidEdit)) throw error
  }
  return diff(before, present)
}

function isRemoval({ op, path }: Op): boolean {
  return op === 'remove' && path.length === 0
}

function isTextSplice(op: Ops[number]): op is Splice {
  return op.op === 'splice' && op.path.length === 0
}
