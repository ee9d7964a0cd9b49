/** The notice that a server has lost a value, delayed while another tab may restore it. */

import { equal } from '../edits'
import { EDIT } from '../messages'
import type { Json } from '../protocol'

/** Notifies the user of a value that was lost or not saved; `text` is its content, for the user to copy. */
export type NotifyLost = (message: string, text?: string) => void

/** The time that another tab has to restore the value: one of a user with the right to write. */
const PATIENCE_MS = 5000

export class LossNotice {
  readonly #notify: NotifyLost
  #value: Json = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(notify: NotifyLost) {
    this.#notify = notify
  }

  /** Notify the user that `value` is lost for good. */
  show(value: Json, reason?: string): void {
    const message = reason ? `${EDIT.forgotten} ${reason}` : EDIT.forgotten
    this.#notify(message, typeof value === 'string' ? value : JSON.stringify(value))
  }

  /** Notify the user, unless another tab restores `value` within a few seconds. */
  showLater(value: Json): void {
    this.cancel()
    this.#value = value
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.show(value)
    }, PATIENCE_MS)
  }

  /** Cancel the delayed notice if the value that it tells of is back. */
  confirmed(value: Json): void {
    if (this.#timer !== undefined && equal(value, this.#value)) this.cancel()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
