/** The reload of a page whose build is not the server's: nothing unsent is lost, and no tab reloads for ever. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AppStatus } from '../src/app/status'
import { Version } from '../src/app/version'

const RESTORE_MS = 5000
const edits = { hasUnsent: false, isAtRisk: false }
const session = new Map<string, string>()
const reload = vi.fn()
let status: AppStatus
let version: Version

/** Load the page: the session storage of the tab is all that stays. */
function load(): void {
  reload.mockReset()
  status = new AppStatus()
  version = new Version(edits, status)
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('location', { reload })
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

test('a page with nothing unsent reloads at once', () => {
  version.onOtherBuild('new')
  expect(reload).toHaveBeenCalledOnce()
  expect(status.get().isOutdated).toBe(false)
})

test('a page without another build never reloads', () => {
  version.onProgress()
  expect(reload).not.toHaveBeenCalled()
})

test('a page with unsent edits says that it is outdated, and reloads once they are saved', () => {
  edits.hasUnsent = true
  version.onOtherBuild('new')
  version.onProgress()
  expect(reload).not.toHaveBeenCalled()
  expect(status.get().isOutdated).toBe(true)
  edits.hasUnsent = false
  version.onProgress()
  version.onProgress()
  expect(reload).toHaveBeenCalledOnce()
})

test('a page that may have to restore values reloads once that is done', () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  version.onProgress()
  expect(reload).not.toHaveBeenCalled()
  edits.isAtRisk = false
  version.onProgress()
  expect(reload).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(RESTORE_MS)
  expect(reload).toHaveBeenCalledOnce()
})

test('a page waits for the restoration of values no longer than 5 s', () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  vi.advanceTimersByTime(RESTORE_MS - 1)
  expect(reload).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(reload).toHaveBeenCalledOnce()
})

test('unsent edits hold up the reload after these 5 s, too', () => {
  edits.isAtRisk = true
  version.onOtherBuild('new')
  edits.hasUnsent = true
  vi.advanceTimersByTime(RESTORE_MS)
  expect(reload).not.toHaveBeenCalled()
  Object.assign(edits, { hasUnsent: false, isAtRisk: false })
  version.onProgress()
  expect(reload).toHaveBeenCalledOnce()
})

test('a page that is still the old one after a reload says so, and does not reload again', () => {
  version.onOtherBuild('new')
  load()
  version.onOtherBuild('new')
  version.onProgress()
  expect(reload).not.toHaveBeenCalled()
  expect(status.get().isOutdated).toBe(true)
})

test('a page reloads again for yet another build', () => {
  version.onOtherBuild('new')
  load()
  version.onOtherBuild('newer')
  expect(reload).toHaveBeenCalledOnce()
})
