/** Listeners, and values that have them. */

/** Ends a subscription; a second call does nothing. */
export type Unsubscribe = () => void

/** Combine functions that end subscriptions into one that ends all of them. */
export function combineUnsubscribes(unsubscribes: readonly Unsubscribe[]): Unsubscribe {
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}

/** Subscribe to something that never changes. */
export const never = (): Unsubscribe => () => {}

/** The listeners of one thing. */
export class Listeners<Args extends unknown[] = []> {
  readonly #listeners = new Set<(...args: Args) => void>()

  readonly add = (listener: (...args: Args) => void): Unsubscribe => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Call all listeners, except those that are added or removed meanwhile. */
  notify(...args: Args): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(...args)
  }
}

/** A value that notifies its listeners when it is set. */
export class Observable<T> {
  readonly #listeners = new Listeners()
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  readonly subscribe = this.#listeners.add

  set(value: T): void {
    this.#value = value
    this.#listeners.notify()
  }
}
