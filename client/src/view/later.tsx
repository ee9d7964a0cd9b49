/**
 * The components that a page needs when something goes wrong. Their code is fetched a while after the page: when it is
 * needed, there may be no connection.
 */

import { type ComponentType, lazy, Suspense, useSyncExternalStore } from 'react'
import { FRAME } from '../messages'
import { useLasting } from './lasting'
import { useApp } from './react'

type Trouble = typeof import('./trouble')

const RETRY_MS = 1000
/** The time after the first drawing in which the page itself has the network. */
const FIRST_MS = 1500

async function load(): Promise<Trouble> {
  for (;;) {
    try {
      return await import('./trouble')
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

/** Return a component of that code, which draws nothing until it has arrived. */
function later<Props extends object>(pick: (code: Trouble) => ComponentType<Props>) {
  const Later = lazy(async () => ({ default: pick(await load()) }))
  return (props: Props) => (
    <Suspense>
      <Later {...props} />
    </Suspense>
  )
}

export const Conflicts = later((code) => code.Conflicts)
export const Failure = later((code) => code.Failure)
export const Refusal = later((code) => code.Refusal)
export const StaleNote = later((code) => code.StaleNote)
export const StoredValue = later((code) => code.StoredValue)
export const UnshowableValue = later((code) => code.UnshowableValue)
const Toasts = later((code) => code.Toasts)

/** Notices at the edge of the window. */
export function Notices() {
  const { notices, status } = useApp()
  const hasNotices = useSyncExternalStore(notices.subscribe, () => notices.get().length > 0)
  const { login, broken } = useSyncExternalStore(status.subscribe, status.get)
  const isLater = useLasting(true, FIRST_MS)
  return (
    <section className="dara-notices" aria-label={FRAME.notices} aria-live="polite">
      {(isLater || hasNotices || login || broken) && <Toasts />}
    </section>
  )
}
