/** The end of a login, and the login of another user: the page stays while it has unsent edits. */

import type { Page } from '../fragments'
import { Observable } from '../observable'
import type { User } from '../protocol'
import type { Replicas } from '../sync/replicas'
import type { AppStatus } from './status'

interface Edits {
  hasUnsent: boolean
  replicas: Pick<Replicas, 'unsent'>
}

export class Login {
  readonly user: Observable<User | null>
  readonly #page: Page
  readonly #edits: Edits
  readonly #status: AppStatus
  readonly #reloadFor: (reason: string) => void

  constructor(page: Page, edits: Edits, status: AppStatus, reloadFor: (reason: string) => void) {
    this.user = new Observable(page.user)
    this.#page = page
    this.#edits = edits
    this.#status = status
    this.#reloadFor = reloadFor
  }

  /**
   * Return whether the page belongs to the user of the connection. If another user has logged in, in another tab, the
   * page is loaded anew, or keeps its unsent edits for its own user. The name of a guest may change.
   */
  accepts(user: User): boolean {
    const { base, build, user: own, is_guest: isGuest, can_log_out: canLogOut } = this.#page
    if (isGuest || !own || own.id === user.id) {
      this.user.set(user)
      this.#status.change({ login: null })
      return true
    }
    if (!this.#keepEdits(user.name, canLogOut ? `${base}/logout` : null)) this.#reloadFor(`${build} ${user.id}`)
    return false
  }

  /** Go to the login page, unless edits are unsent. */
  ended(): void {
    if (!this.keepEdits()) location.assign(this.#address)
  }

  /** Return whether the page has to stay because edits are unsent, and ask the user to log in again if so. */
  keepEdits(): boolean {
    return this.#keepEdits(null, this.#address)
  }

  #keepEdits(other: string | null, href: string | null): boolean {
    const { hasUnsent, replicas } = this.#edits
    if (hasUnsent) this.#status.change({ login: { other, href, unsent: replicas.unsent } })
    return hasUnsent
  }

  get #address(): string {
    const { base, login } = this.#page
    const next = location.pathname + location.search + location.hash
    return `${base}${login}?next=${encodeURIComponent(next)}`
  }
}
