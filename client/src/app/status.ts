/** The status of the app in one tab, as the connection indicator shows it. */

import { Observable } from '../observable'
import type { Link } from '../sync/socket'

export interface Status {
  link: Link
  /** True while an edit is neither acknowledged nor rejected. */
  hasUnsent: boolean
  /** The reason for which the server could not store an edit yet. */
  trouble: string | null
  /** The reason for which a value on show may be out of date. */
  stale: string | null
  /** True if the server runs another build of the app than this page. */
  isOutdated: boolean
  /** The reason why the server cannot load the app, for developers. */
  broken: string | null
  /** The login without which the unsent edits are not saved. */
  login: LoginNeeded | null
}

export interface LoginNeeded {
  /** The name of the user who is logged in instead; `null`: nobody is. */
  other: string | null
  /** The address at which to log in, if this app has such a page. */
  href: string | null
  /** The user's text in the unsent edits. */
  unsent: string
}

export class AppStatus extends Observable<Status> {
  constructor() {
    super({
      link: 'connecting',
      hasUnsent: false,
      trouble: null,
      stale: null,
      isOutdated: false,
      broken: null,
      login: null,
    })
  }

  /** Change some members; listeners are notified only if one has another value. */
  change(change: Partial<Status>): void {
    const before = this.get()
    if (Object.entries(change).every(([name, value]) => before[name as keyof Status] === value)) return
    this.set({ ...before, ...change })
  }
}
