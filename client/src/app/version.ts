/** The reload of a page whose build is not the server's. */

import { isThere } from '../sync/network'
import type { Replicas } from '../sync/replicas'
import type { AppStatus } from './status'

/** The time that this page has to restore values on a server that lost them, before it reloads. */
const RESTORE_MS = 5000
/** The time after a key in which the page is not reloaded: the next key would be lost, and the caret with it. */
const TYPING_MS = 3000
/** The pause after the server, or a proxy in front of it, could not send the page. */
const AWAY_MS = 1000
/** The key in the session storage of the build for which this tab was reloaded last. */
const RELOADED = 'dara-reloaded-for'

interface Edits {
  hasUnsent: boolean
  replicas: Pick<Replicas, 'isAtRisk'>
}

export class Version {
  readonly #edits: Edits
  readonly #status: AppStatus
  /** The build of the server, once it is known to be another one. */
  #other: string | null = null
  #typedAt = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAsking = false

  constructor(edits: Edits, status: AppStatus) {
    this.#edits = edits
    this.#status = status
  }

  start(): void {
    window.addEventListener('keydown', () => (this.#typedAt = performance.now()), { capture: true, passive: true })
  }

  /** Reload for another build as soon as nothing is lost by it. While edits are unsent, the page says so. */
  onOtherBuild(build: string): void {
    this.#other = build
    if (this.#edits.hasUnsent) this.#status.change({ isOutdated: true })
    else if (!this.#edits.replicas.isAtRisk) void this.#reload()
    else this.#reloadIn(RESTORE_MS)
  }

  /** Reload if that was put off, and nothing is lost by it now. */
  onProgress(): void {
    if (this.#other !== null && !this.#edits.replicas.isAtRisk) void this.#reload()
  }

  /** Reload, but only once for one reason: a cache that serves the old page would make it a loop. */
  reloadFor(reason: string): void {
    this.#other = null
    if (sessionStorage.getItem(RELOADED) === reason) return this.#status.change({ isOutdated: true })
    sessionStorage.setItem(RELOADED, reason)
    location.reload()
  }

  /** Reload for the other build, but neither under the user's hands nor to the error page of a proxy. */
  async #reload(): Promise<void> {
    if (this.#other === null || this.#isAsking || this.#edits.hasUnsent) return
    const rest = this.#typedAt + TYPING_MS - performance.now()
    if (rest > 0) {
      this.#status.change({ isOutdated: true })
      return this.#reloadIn(rest)
    }
    if (sessionStorage.getItem(RELOADED) === this.#other) return this.reloadFor(this.#other)
    this.#isAsking = true
    const canReload = await isThere(location.href)
    this.#isAsking = false
    if (!canReload) this.#reloadIn(AWAY_MS)
    else if (this.#edits.hasUnsent || performance.now() < this.#typedAt + TYPING_MS) void this.#reload()
    else this.reloadFor(this.#other)
  }

  #reloadIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#reload(), ms)
  }
}
