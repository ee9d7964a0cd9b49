/** The keys of a user's values in a browser that several users share. */

import { describe, expect, test } from 'vitest'
import { adoptGuests, storagePrefix } from '../src/sync/storage'

const GUEST = 'Ab-cdefghij_klmnopqrst'
const guest = (id: string, base = '') => ({ base, user: { id, name: 'Teal Otter' }, is_guest: true })
const user = (id: string, base = '') => ({ base, user: { id, name: id }, is_guest: false })

/** Return a stand-in for `localStorage`, with each item as a property. */
function storageOf(items: Record<string, string>): Storage {
  const storage = Object.create({
    getItem: (key: string) => (Object.hasOwn(storage, key) ? storage[key] : null),
    setItem: (key: string, value: string) => {
      storage[key] = value
    },
    removeItem: (key: string) => delete storage[key],
  })
  return Object.assign(storage, items) as Storage
}

describe('The names of values', () => {
  test('are the same for every guest: a browser is one', () => {
    expect(storagePrefix(guest('one'))).toBe(storagePrefix(guest('another')))
  })

  test('are a user’s own', () => {
    expect(storagePrefix(user('ann'))).not.toBe(storagePrefix(user('ben')))
    expect(`${storagePrefix(user('a'))}b:c`).not.toBe(`${storagePrefix(user('a:b'))}c`)
    expect(storagePrefix(user('ann'))).not.toBe(storagePrefix(guest('ann')))
  })

  test('are those of one app', () => {
    expect(storagePrefix(guest('x', '/notes'))).not.toBe(storagePrefix(guest('x')))
  })
})

describe('Values that guests kept under names of their own', () => {
  test('are found again, and leave nothing behind', () => {
    const storage = storageOf({ [`dara::${GUEST}:main.density`]: '"dense"', 'dara::ann:main.density': '"hers"' })
    adoptGuests(storage, guest('somebody else by now'))
    expect({ ...storage }).toEqual({ 'dara:::main.density': '"dense"', 'dara::ann:main.density': '"hers"' })
  })

  test('are those of this guest, if several have left some, unless there are newer ones', () => {
    const other = GUEST.toLowerCase()
    const items = { [`dara::${other}:a`]: '1', [`dara::${GUEST}:a`]: '2', [`dara::${GUEST}:b`]: '3', 'dara:::b': '4' }
    const storage = storageOf(items)
    adoptGuests(storage, guest(GUEST))
    expect({ ...storage }).toEqual({ 'dara:::a': '2', 'dara:::b': '4' })
  })

  test('are left alone where people log in', () => {
    const items = { [`dara::${GUEST}:a`]: '1' }
    const storage = storageOf(items)
    adoptGuests(storage, user(GUEST))
    expect({ ...storage }).toEqual(items)
  })
})
