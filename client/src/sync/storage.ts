/** The keys under which the browser stores the values of one app, apart for each user. */

import type { Page } from '../fragments'

const GUEST_ID = /^[\w-]{22}:/

/** Return the prefix of the keys of a user. All guests of a browser share one, whatever ids the server gives them. */
export function storagePrefix({ base, user, is_guest }: Pick<Page, 'base' | 'user' | 'is_guest'>): string {
  return `${appPrefix(base)}${is_guest || !user ? '' : escaped(user.id)}:`
}

/** Move values that were stored under the id of a guest to the keys that all guests share. */
export function adoptGuests(storage: Storage, page: Pick<Page, 'base' | 'user' | 'is_guest'>): void {
  if (!page.is_guest) return
  const app = appPrefix(page.base)
  const own = `${app}${page.user?.id}:`
  const old = Object.keys(storage).filter((key) => key.startsWith(app) && GUEST_ID.test(key.slice(app.length)))
  for (const key of old.sort((a, b) => Number(b.startsWith(own)) - Number(a.startsWith(own)))) {
    const name = storagePrefix(page) + key.slice(app.length).replace(GUEST_ID, '')
    const text = storage.getItem(key)
    storage.removeItem(key)
    if (text !== null && storage.getItem(name) === null) storage.setItem(name, text)
  }
}

function appPrefix(base: string): string {
  return `dara:${escaped(base)}:`
}

/** Escape the separator, so that no id is a prefix of another user's keys. */
function escaped(name: string): string {
  return name.replace(/[%:]/g, encodeURIComponent)
}
