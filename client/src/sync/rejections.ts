/** Handlers that show the outcome of edits where the edits were made. */

import { isWithin } from '../edits'
import type { Unsubscribe } from '../observable'
import type { Ops, Path } from '../protocol'

/** A field that shows the outcome of its edits itself. */
export interface RejectionHandler {
  /** Handles a rejection; the edit is out of the view. Returns whether the edit was made here and the reason is shown. */
  rejected(reason: string): boolean
  /** Called when all edits made here are acknowledged. */
  acknowledged(): void
}

interface Registration {
  path: Path
  handler: RejectionHandler
}

export class Rejections {
  readonly #registrations = new Set<Registration>()

  /** Report the outcome of edits at, below or above `path` to `handler`. */
  capture(path: Path, handler: RejectionHandler): Unsubscribe {
    const registration = { path, handler }
    this.#registrations.add(registration)
    return () => this.#registrations.delete(registration)
  }

  /** Report a rejected edit; return whether a handler shows the reason. */
  reject(ops: Ops, reason: string): boolean {
    return this.#concerned(ops)
      .map(({ handler }) => handler.rejected(reason))
      .includes(true)
  }

  /** Report an acknowledged edit, except where edits of the same path are still `pending`. */
  acknowledge(ops: Ops, pending: Ops): void {
    for (const { path, handler } of this.#concerned(ops))
      if (!pending.some((op) => overlap(op.path, path))) handler.acknowledged()
  }

  #concerned(ops: Ops): Registration[] {
    return [...this.#registrations].filter(({ path }) => ops.some((op) => overlap(op.path, path)))
  }
}

/** Return whether one of the paths is the other, or leads into it. */
function overlap(one: Path, other: Path): boolean {
  return isWithin(one, other) || isWithin(other, one)
}
