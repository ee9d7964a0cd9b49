/** Time that passes when it is told to: in place of the timers, the clock and the dice of the machine. */

interface Timer {
  at: number
  run: () => void
}

export class Clock {
  #now = 0
  #timers = new Map<number, Timer>()
  #ids = 0

  /** From now on this is everybody's time. */
  install(): void {
    const set = (run: () => void, ms = 0): number => {
      this.#timers.set(++this.#ids, { at: this.#now + Math.max(ms, 1), run })
      return this.#ids
    }
    const clear = (id: number | undefined): void => {
      if (id !== undefined) this.#timers.delete(id)
    }
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
    Object.defineProperty(performance, 'now', { value: () => this.#now })
    Math.random = () => 0.5
  }

  /** Everybody's timers are forgotten. */
  reset(): void {
    this.#timers.clear()
  }

  /** Let so much time pass, and what is due in it happen in its order. */
  pass(ms: number): void {
    const end = this.#now + ms
    for (let due = this.#next(end); due; due = this.#next(end)) {
      const [id, timer] = due
      this.#timers.delete(id)
      this.#now = timer.at
      timer.run()
    }
    this.#now = end
  }

  #next(end: number): [number, Timer] | undefined {
    let first: [number, Timer] | undefined
    for (const each of this.#timers) if (each[1].at <= end && (!first || each[1].at < first[1].at)) first = each
    return first
  }
}
