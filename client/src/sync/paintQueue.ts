/** A queue that hands on what comes between two paints together, right before the second. */

/** A page that was not painted for so long is not visible, whatever the browser says. */
const UNPAINTED_MS = 100

export class PaintQueue {
  readonly #take: (data: string) => void
  #waiting: string[] = []
  /** True if data has come since the last paint. */
  #isPending = false

  constructor(take: (data: string) => void) {
    this.#take = take
  }

  /** Hand on the first data since the last paint, and all data of a hidden page, at once; other data waits. */
  push(data: string): void {
    if (this.#isPending) {
      this.#waiting.push(data)
      if (isHidden()) this.flush()
      return
    }
    this.#take(data)
    if (isHidden()) return
    this.#isPending = true
    beforePaint(() => this.#onPaint())
  }

  /** Hand on all that waits. An error is reported, and does not hold up the data behind it. */
  flush(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        this.#take(next)
      } catch (error) {
        reportError(error)
      }
    }
  }

  /** Drop all that waits. */
  clear(): void {
    this.#waiting = []
  }

  #onPaint(): void {
    this.#isPending = this.#waiting.length > 0
    if (this.#isPending) beforePaint(() => this.#onPaint())
    this.flush()
  }
}

function isHidden(): boolean {
  return document.visibilityState === 'hidden'
}

/** Call back before the next paint, or after a moment if there is none, as in a frame that is scrolled out of view. */
function beforePaint(callback: () => void): void {
  const request = requestAnimationFrame(() => {
    clearTimeout(timer)
    callback()
  })
  const timer = setTimeout(() => {
    cancelAnimationFrame(request)
    callback()
  }, UNPAINTED_MS)
}
