/**
 * A click under way: its pointer takes the focus from a field before it clicks a button. Until it has clicked, nothing
 * may move below it, and what the field has run is not run again by the button.
 */

import type { Action } from '../fragments'

export class Pointer {
  #isDown = false
  readonly #waiting: (() => void)[] = []
  /** The actions that a field has run because this pointer took the focus from it. */
  readonly #run = new Set<string>()
  /** The item of a list, or the row of a table, that was clicked last. */
  #item: Element | null = null

  /** Listen for the next clicks. */
  start(): void {
    const on = (types: string[], listener: () => void) => {
      for (const type of types) window.addEventListener(type, listener, true)
    }
    const release = () => this.#release()
    on(['pointerdown', 'keydown'], () => this.#run.clear())
    on(['pointerdown', 'mousedown'], () => {
      this.#isDown = true
    })
    on(['click'], release)
    window.addEventListener('click', (event) => this.#ignoreNext(event), true)
    on(['pointerup', 'pointercancel', 'mouseup'], () => setTimeout(release)) // a click follows at once, or none
  }

  /** Ignore the second click of a double click, if it meets the next item because the first one has removed its own. */
  #ignoreNext(event: MouseEvent): void {
    const item = (event.target as Element).closest('[data-item], tr')
    if (event.detail < 2) this.#item = item
    else if (item && this.#item && item !== this.#item) {
      event.stopPropagation()
      event.preventDefault()
    }
  }

  /** Call `show` at once, or when the pointer has clicked: what it shows may move the button away. */
  whenReleased(show: () => void): void {
    if (this.#isDown) this.#waiting.push(show)
    else show()
  }

  add(actions: readonly Action[] = []): void {
    for (const action of actions) this.#run.add(keyOf(action))
  }

  /** Return the actions that the field has not run. */
  remaining(actions: readonly Action[]): readonly Action[] {
    return this.#run.size === 0 ? actions : actions.filter((action) => !this.#run.has(keyOf(action)))
  }

  #release(): void {
    this.#isDown = false
    for (const show of this.#waiting.splice(0)) show()
  }
}

/** Return a key that is the same for the same call, or the same change of a variable. */
function keyOf(action: Action): string {
  return action.kind === 'call' ? (action.same ?? action.target) : JSON.stringify(action)
}
