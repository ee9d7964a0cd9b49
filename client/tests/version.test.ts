/** The reload of a page whose build is not the server's: nothing unsent is lost, and no tab reloads for ever. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AppStatus } from '../src/app/status'
import { Version } from '../src/app/version'

const RESTORE_MS = 5000
const edits = { hasUnsent: false, isAtRisk: false }
const app = {
  replicas: edits,
  get hasUnsent() {
    return edits.hasUnsent
  },
}
const session = new Map<string, string>()
const reload = vi.fn()
const keys: (() => void)[] = []
let code = 200
let status: AppStatus
let version: Version

/** Load the page: the session storage of the tab is all that stays. */
function load(): void {
  reload.mockReset()
  status = new AppStatus()
  version = new Version(app, status)
  version.start()
}

/** Wait until the page has heard whether the server is there. */
const answers = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  code = 200
  vi.stubGlobal('location', { reload })
  vi.stubGlobal('fetch', () => (code > 0 ? Promise.resolve({ status: code }) : Promise.reject(new TypeError())))
  vi.stubGlobal('window', { addEventListener: (_: string, listener: () => void) => keys.splice(0, 1, listener) })
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => session.get(key) ?? null,
    setItem: (key: string, value: string) => session.set(key, value),
  })
  Object.assign(edits, { hasUnsent: false, isAtRisk: false })
  session.clear()
  load()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a page with nothing unsent reloads at once', async () => {
  version.onOtherBuild('new')
  await answers()
  expect(reload).toHaveBeenCalledOnce()
  expect(status.get().isOutdated).toBe(false)
})

test('a page without another build never reloads', async () => {
  version.onProgress()
  await answers()
  expect(reload).not.toHaveBeenCalled()
})

test('a page with unsent edits says that it is outdated, and reloads once they are saved', async () => {
  edits.hasUnsent = true
  version.onOtherBuild('new')
  await answers()
  version.onProgress()
  await answers()
  expect(reload).not.toHaveBeenCalled()
  expect(status.get().isOutdated).toBe(true)
  edits.hasUnsent = false
  version.onProgress()
  await answers()
  version.onProgress()
  await answers()
  expect(reload).toHaveBeenCalledOnce()
})

test('a page that may have to restore values reloads once that is done', async () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  await answers()
  version.onProgress()
  await answers()
  expect(reload).not.toHaveBeenCalled()
  edits.isAtRisk = false
  version.onProgress()
  await answers()
  expect(reload).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(RESTORE_MS)
  expect(reload).toHaveBeenCalledOnce()
})

test('a page waits for the restoration of values no longer than 5 s', async () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  await answers()
  await vi.advanceTimersByTimeAsync(RESTORE_MS - 1)
  expect(reload).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(reload).toHaveBeenCalledOnce()
})

test('unsent edits hold up the reload after these 5 s, too', async () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  await answers()
  edits.hasUnsent = true
  await vi.advanceTimersByTimeAsync(RESTORE_MS)
  expect(reload).not.toHaveBeenCalled()
  Object.assign(edits, { hasUnsent: false, isAtRisk: false })
  version.onProgress()
  await answers()
  expect(reload).toHaveBeenCalledOnce()
})

test('a page that is still the old one after a reload says so, and does not reload again', async () => {
  version.onOtherBuild('new')
  await answers()
  load()
  version.onOtherBuild('new')
  await answers()
  version.onProgress()
  await answers()
  expect(reload).not.toHaveBeenCalled()
  expect(status.get().isOutdated).toBe(true)
})

test('a page reloads again for yet another build', async () => {
  version.onOtherBuild('new')
  await answers()
  load()
  version.onOtherBuild('newer')
  await answers()
  expect(reload).toHaveBeenCalledOnce()
})

test.each([502, 0])('a page stays while a server or a proxy answers %i, and says nothing', async (away) => {
  code = away
  version.onOtherBuild('new')
  await vi.advanceTimersByTimeAsync(2500)
  expect(reload).not.toHaveBeenCalled()
  code = 200
  await vi.advanceTimersByTimeAsync(1000)
  expect(reload).toHaveBeenCalledOnce()
})

test('a page reloads 3 s after the last key, and offers it until then', async () => {
  keys[0]?.()
  version.onOtherBuild('new')
  await vi.advanceTimersByTimeAsync(2000)
  keys[0]?.()
  version.onProgress()
  await vi.advanceTimersByTimeAsync(2999)
  expect(reload).not.toHaveBeenCalled()
  expect(status.get().isOutdated).toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect(reload).toHaveBeenCalledOnce()
})
