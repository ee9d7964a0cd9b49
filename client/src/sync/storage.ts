/** Under which names the browser keeps the values of one app, for each user who logs in there. */

import type { Page } from '../protocol'

const OF_A_GUEST = /^[\w-]{22}:/

/** What begins the names. A guest has none: a browser is one guest, whatever the server calls it. */
export function storagePrefix({ base, user, is_guest }: Pick<Page, 'base' | 'user' | 'is_guest'>): string {
  return `${ofApp(base)}${is_guest || !user ? '' : escaped(user.id)}:`
}

/** Take over what was kept under the names that guests once had, and leave none of these behind. */
export function adoptGuests(storage: Storage, page: Pick<Page, 'base' | 'user' | 'is_guest'>): void {
  if (!page.is_guest) return
  const app = ofApp(page.base)
  const own = `${app}${page.user?.id}:`
  const old = Object.keys(storage).filter((key) => key.startsWith(app) && OF_A_GUEST.test(key.slice(app.length)))
  for (const key of old.sort((a, b) => Number(b.startsWith(own)) - Number(a.startsWith(own)))) {
    const name = storagePrefix(page) + key.slice(app.length).replace(OF_A_GUEST, '')
    const text = storage.getItem(key)
    storage.removeItem(key)
    if (text !== null && storage.getItem(name) === null) storage.setItem(name, text)
  }
}

function ofApp(base: string): string {
  return `dara:${escaped(base)}:`
}

/** So that nobody's name can be taken for another's and the beginning of a value's. */
function escaped(name: string): string {
  return name.replace(/[%:]/g, encodeURIComponent)
}
