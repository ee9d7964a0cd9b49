/** The notices on show. */

import { EDIT } from '../messages'
import { Observable } from '../observable'
import type { NoticeStatus } from '../protocol'

export interface Notice {
  id: number
  message: string
  title: string | null
  status: NoticeStatus
  /** A notice replaces one with the same key. */
  key: string | null
  /** The user's text that was not saved, for the user to copy. */
  text: string | null
  /** The lines of the server's log, for developers. */
  trace: string | null
  /** The target of the call that it is from. */
  target: string | null
}

/** Return the lines of a server's reason, with the name of the innermost member in the place of a path such as `/5/text`. */
export function inWords(reason: string): string {
  return reason.replace(/^(\/\d+)+: /gm, '').replace(/^\/\S*?([^/\s]+)(\/\d+)*: /gm, '$1: ')
}

export class Notices extends Observable<readonly Notice[]> {
  #ids = 0

  constructor() {
    super([])
  }

  /** Show a notice, unless an equal one is on show. */
  notify(
    message: string,
    status: NoticeStatus,
    title: string | null = null,
    key: string | null = null,
    target: string | null = null,
  ): void {
    this.#show({ message, status, title, key, text: null, trace: null, target })
  }

  /** Show a notice with text that was not saved. Notices with one message are joined to one. */
  notifyNotSaved(reason: string, text = '', title = EDIT.notSaved): void {
    const message = inWords(reason)
    const shown = this.get().find((each) => each.message === message && each.text !== null)
    const before = shown?.text ?? ''
    const texts = text.includes(before) ? text : [before, text].filter(Boolean).join('\n')
    if (shown) this.dismiss(shown.id)
    this.#show({ message, status: 'error', title, key: null, text: texts || null, trace: null, target: null })
  }

  /** Show that actions have failed, once for each `key`. */
  notifyFailed({ message, trace = null }: Error & { trace?: string | null }, key: string): void {
    this.#show({ message, status: 'error', title: null, key, text: null, trace, target: null })
  }

  /** Dismiss the notice with a key; return whether there was one. */
  withdraw(key: string): boolean {
    const others = this.get().filter((notice) => notice.key !== key)
    const wasShown = others.length < this.get().length
    this.set(others)
    return wasShown
  }

  /** Dismiss what an earlier call of a target has warned of: it is made again, and says what holds now. */
  withdrawTrouble(target: string): void {
    const isOver = (each: Notice) => each.target === target && (each.status === 'warning' || each.status === 'error')
    if (this.get().some(isOver)) this.set(this.get().filter((each) => !isOver(each)))
  }

  dismiss(id: number): void {
    this.set(this.get().filter((notice) => notice.id !== id))
  }

  #show({ key, message, title, status, text, trace, target }: Omit<Notice, 'id'>): void {
    const shown = this.get().filter((each) => key === null || each.key !== key)
    const isSame = (each: Notice) =>
      each.message === message &&
      each.title === title &&
      each.status === status &&
      each.text === text &&
      each.trace === trace
    if (shown.some(isSame)) return
    this.set([...shown, { id: ++this.#ids, message, title, status, key, text, trace, target }])
  }
}
