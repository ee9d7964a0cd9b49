/** The state of the connection. */

import './status.css'
import { useSyncExternalStore } from 'react'
import type { Status } from '../app/status'
import { CONNECTION } from '../messages'
import { ReloadButton } from './fallbacks'
import { useLasting } from './lasting'
import { useApp } from './react'

const SAVING_AFTER_MS = 600

/** The state of the connection, and a button to reload if the server runs a newer build. */
export function ConnectionStatus() {
  const { status: source } = useApp()
  const status = useSyncExternalStore(source.subscribe, source.get)
  const isSaving = useLasting(status.link === 'live' && status.hasUnsent, SAVING_AFTER_MS)
  const { tone, text, short = text } = indicatorOf(status, isSaving)
  return (
    <>
      <span className="dara-status" role="status" data-tone={tone} title={text}>
        <span className="dara-status-text">{text}</span>
        <span className="dara-status-short" aria-hidden>
          {short}
        </span>
      </span>
      {status.isOutdated && <ReloadButton label={CONNECTION.outdated} />}
    </>
  )
}

interface Indicator {
  tone: 'good' | 'busy' | 'bad'
  text: string
  /** The text in a narrow window. */
  short?: string
}

function indicatorOf({ link, trouble, stale, login }: Status, isSaving: boolean): Indicator {
  if (login) return { tone: 'bad', ...CONNECTION.loggedOut }
  if (link === 'reconnecting') return { tone: 'busy', ...CONNECTION.reconnecting }
  if (trouble) return { tone: 'bad', ...CONNECTION.unsaved(trouble) }
  if (stale) return { tone: 'bad', ...CONNECTION.stale(stale) }
  if (link === 'connecting') return { tone: 'busy', ...CONNECTION.connecting }
  return { tone: 'good', ...(isSaving ? CONNECTION.saving : CONNECTION.live) }
}
