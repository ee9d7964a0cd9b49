/** What a server that kept values in its memory has forgotten, as this tab saw it last. */

import { equal } from '../edits'
import { EDIT } from '../messages'
import type { Json } from '../protocol'

/** Another tab, which may write, brings the value back within this time, or nobody does. */
const PATIENCE_MS = 5000

export class Forgotten {
  readonly #tell: (message: string, text?: string) => void
  #value: Json = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(tell: (message: string, text?: string) => void) {
    this.#tell = tell
  }

  /** It is gone, and nobody can bring it back. */
  tell(value: Json, reason?: string): void {
    this.#tell(
      reason ? `${EDIT.forgotten} ${reason}` : EDIT.forgotten,
      typeof value === 'string' ? value : JSON.stringify(value),
    )
  }

  /** This tab cannot bring it back, but another one may. */
  await(value: Json): void {
    this.clear()
    this.#value = value
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.tell(value)
    }, PATIENCE_MS)
  }

  /** The value is that now. */
  saw(value: Json): void {
    if (this.#timer !== undefined && equal(value, this.#value)) this.clear()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
