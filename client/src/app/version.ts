/** The reload of a page whose build is not the server's. */

import type { Replicas } from '../sync/replicas'
import type { AppStatus } from './status'

/** The time that this page has to restore values on a server that lost them, before it reloads. */
const RESTORE_MS = 5000
/** The key in the session storage of the build for which this tab was reloaded last. */
const RELOADED = 'dara-reloaded-for'

export class Version {
  readonly #replicas: Pick<Replicas, 'hasUnsent' | 'isAtRisk'>
  readonly #status: AppStatus
  /** The build of the server, once it is known to be another one. */
  #other: string | null = null

  constructor(replicas: Pick<Replicas, 'hasUnsent' | 'isAtRisk'>, status: AppStatus) {
    this.#replicas = replicas
    this.#status = status
  }

  /** Reload for another build as soon as nothing is lost by it. While edits are unsent, the page says so. */
  onOtherBuild(build: string): void {
    this.#other = build
    if (this.#replicas.hasUnsent) this.#status.change({ isOutdated: true })
    else if (!this.#replicas.isAtRisk) this.reloadFor(build)
    else
      setTimeout(() => {
        if (!this.#replicas.hasUnsent) this.reloadFor(build)
      }, RESTORE_MS)
  }

  /** Reload if that was put off, and nothing is lost by it now. */
  onProgress(): void {
    if (this.#other !== null && !this.#replicas.hasUnsent && !this.#replicas.isAtRisk) this.reloadFor(this.#other)
  }

  /** Reload, but only once for one reason: a cache that serves the old page would make it a loop. */
  reloadFor(reason: string): void {
    this.#other = null
    if (sessionStorage.getItem(RELOADED) === reason) return this.#status.change({ isOutdated: true })
    sessionStorage.setItem(RELOADED, reason)
    location.reload()
  }
}
