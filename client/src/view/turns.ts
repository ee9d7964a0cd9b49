/** What is done in turns: each run begins when the one before it has ended. No React. */

import type { Fragment, Node } from '../protocol'

/** Who uses something that often has not waited for what it does; a stuck action would gather runs without end. */
const MOST_WAITING = 100

export class Turns {
  #last: Promise<void> | null = null
  #count = 0

  /** Run `task` when those before it have ended: at once, if none is under way. */
  run(task: () => Promise<void>): Promise<void> {
    if (this.#count > MOST_WAITING)
      return Promise.reject(new Error('Too many of these are waiting already; this one was not run.'))
    const turn = this.#last ? this.#last.then(task) : task()
    this.#count++
    const end = () => this.#onEnded(ended)
    const ended: Promise<void> = turn.then(end, end)
    this.#last = ended
    return turn
  }

  #onEnded(ended: Promise<void>): void {
    this.#count--
    if (this.#last === ended) this.#last = null
  }
}

/**
 * Whether what a py_component has made by now has the same places as before, so that an action of then is that of now: the
 * server finds it by its place. A row that is gone would leave its place to the next one.
 */
export function isSameShape(before: Fragment, now: Fragment | null): boolean {
  return before === now || (now !== null && isSameTree(before.nodes, now.nodes))
}

function isSameTree(before: readonly Node[], now: readonly Node[]): boolean {
  return before.length === now.length && before.every((node, index) => isSameNode(node, now[index] as Node))
}

function isSameNode(before: Node, now: Node): boolean {
  const names = Object.keys(before.slots)
  if (before.component !== now.component || names.length !== Object.keys(now.slots).length) return false
  return names.every((name) => isSameTree(before.slots[name] ?? [], now.slots[name] ?? []))
}
