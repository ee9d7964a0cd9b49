/** A queue of asynchronous tasks that run one after the other. No React. */

import { ACTION } from '../messages'

/** The most tasks that may wait: a user who presses this often does not wait for the result. */
const MAX_WAITING = 100

export class SerialQueue {
  #last: Promise<void> | null = null
  #count = 0

  /**
   * Run `task` after all earlier tasks have ended, at once if there is none.
   *
   * @returns the result of the task; rejected at once if too many tasks wait.
   */
  run(task: () => Promise<void>): Promise<void> {
    if (this.#count > MAX_WAITING) return Promise.reject(new Error(ACTION.tooMany))
    const result = this.#last ? this.#last.then(task) : task()
    this.#count++
    const onEnd = () => this.#onEnd(ended)
    const ended: Promise<void> = result.then(onEnd, onEnd)
    this.#last = ended
    return result
  }

  #onEnd(ended: Promise<void>): void {
    this.#count--
    if (this.#last === ended) this.#last = null
  }
}
