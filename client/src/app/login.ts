/** The end of a login, and the login of another user: the page stays while it has unsent edits. */

import type { Page } from '../fragments'
import { Observable } from '../observable'
import type { User } from '../protocol'
import type { Replicas } from '../sync/replicas'
import type { AppStatus } from './status'

export class Login {
  readonly user: Observable<User | null>
  readonly #page: Page
  readonly #replicas: Pick<Replicas, 'hasUnsent' | 'unsent'>
  readonly #status: AppStatus
  readonly #reloadFor: (reason: string) => void

  constructor(
    page: Page,
    replicas: Pick<Replicas, 'hasUnsent' | 'unsent'>,
    status: AppStatus,
    reloadFor: (reason: string) => void,
  ) {
    this.user = new Observable(page.user)
    this.#page = page
    this.#replicas = replicas
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
    const { hasUnsent, unsent } = this.#replicas
    if (hasUnsent) this.#status.change({ login: { other, href, unsent } })
    return hasUnsent
  }

  get #address(): string {
    const { base, login } = this.#page
    const next = location.pathname + location.search + location.hash
    return `${base}${login}?next=${encodeURIComponent(next)}`
  }
}
