/** The end of a login, and the login of another user: the page stays while it has unsent edits. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Login } from '../src/app/login'
import { AppStatus } from '../src/app/status'
import type { Page } from '../src/fragments'
import type { User } from '../src/protocol'

const ANN: User = { id: 'ann', name: 'Ann' }
const BEN: User = { id: 'ben', name: 'Ben' }
const LOGIN_PAGE = '/office/login?next=%2Foffice%2Fnotes%3Fq%3D1%23end'
const edits = { hasUnsent: false, unsent: '' }
const app = {
  replicas: edits,
  get hasUnsent() {
    return edits.hasUnsent
  },
}
const assign = vi.fn()
const reloadFor = vi.fn()
let status: AppStatus

/** Load a page of an app below `/office`. */
function load(page: Partial<Page> = {}): Login {
  const loaded = { base: '/office', build: 'b1', login: '/login', can_log_out: true, is_guest: false, user: ANN }
  return new Login({ ...loaded, ...page } as Page, app, status, reloadFor)
}

/** Let the user type without an answer from the server. */
function type(text: string): void {
  Object.assign(edits, { hasUnsent: true, unsent: text })
}

beforeEach(() => {
  vi.stubGlobal('location', { pathname: '/office/notes', search: '?q=1', hash: '#end', assign })
  Object.assign(edits, { hasUnsent: false, unsent: '' })
  status = new AppStatus()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.clearAllMocks()
})

describe('The user of the connection', () => {
  test('is accepted if the page is theirs, under their present name', () => {
    const login = load()
    expect(login.accepts({ ...ANN, name: 'Ann Lee' })).toBe(true)
    expect(login.user.get()?.name).toBe('Ann Lee')
    expect(reloadFor).not.toHaveBeenCalled()
  })

  test.each([
    ['of a guest', { is_guest: true }],
    ['without users', { user: null }],
  ])('is accepted on a page %s', (_, page) => {
    const login = load(page)
    expect(login.accepts(BEN)).toBe(true)
    expect(login.user.get()).toEqual(BEN)
  })

  test('is another one: the page is loaded anew for them', () => {
    const login = load()
    expect(login.accepts(BEN)).toBe(false)
    expect(reloadFor).toHaveBeenCalledExactlyOnceWith('b1 ben')
    expect(login.user.get()).toEqual(ANN)
    expect(status.get().login).toBeNull()
  })

  test('is another one, and edits are unsent: the page keeps these, names that user, and links to the logout', () => {
    type('an hour of work')
    expect(load().accepts(BEN)).toBe(false)
    expect(reloadFor).not.toHaveBeenCalled()
    expect(status.get().login).toEqual({ other: 'Ben', href: '/office/logout', unsent: 'an hour of work' })
  })

  test('is another one, and the app has no logout: the page has no link', () => {
    type('an hour of work')
    load({ can_log_out: false }).accepts(BEN)
    expect(status.get().login?.href).toBeNull()
  })

  test('is the own one again: the request to log in is gone', () => {
    type('an hour of work')
    const login = load()
    login.accepts(BEN)
    expect(login.accepts(ANN)).toBe(true)
    expect(status.get().login).toBeNull()
  })
})

describe('When the login has ended', () => {
  test('the login page comes at once, and leads back to the present address', () => {
    load().ended()
    expect(assign).toHaveBeenCalledExactlyOnceWith(LOGIN_PAGE)
    expect(status.get().login).toBeNull()
  })

  test('a page with unsent edits stays, and links to the login page', () => {
    type('an hour of work')
    load().ended()
    expect(assign).not.toHaveBeenCalled()
    expect(status.get().login).toEqual({ other: null, href: LOGIN_PAGE, unsent: 'an hour of work' })
  })

  test.each([true, false])('the page has to stay for navigation, too, if edits are unsent: %s', (hasUnsent) => {
    edits.hasUnsent = hasUnsent
    expect(load().keepEdits()).toBe(hasUnsent)
  })
})
