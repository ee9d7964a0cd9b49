/** A connected, visible tab with derived variables, whose timers the tests advance. */

import { afterEach, beforeEach, vi } from 'vitest'
import type { Definition, DerivedDefinition, Fragment, Ref } from '../src/fragments'
import { fragment, World } from './world'

/** Return the definition of a derived variable. */
export const derived = (inputs: Ref[], more: Partial<DerivedDefinition> = {}): Definition => ({
  kind: 'derived',
  target: 'f',
  inputs,
  deps: null,
  polling: null,
  of: null,
  ...more,
})

/** Have each test of the file run in a visible tab with timers that it advances. */
export function useVisibleTab(): void {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('document', { visibilityState: 'visible' })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
}

/** Return a connected tab with a page of these variables. */
export function live(variables: Record<string, Definition>, stores: Fragment['stores'] = {}): World {
  const world = new World()
  world.show('page', fragment({ variables, stores }))
  world.connect()
  return world
}
