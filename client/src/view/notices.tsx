/** Notices at the edge of the window. */

import './notices.css'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Notice } from '../app/notices'
import { FRAME, LOGIN } from '../messages'
import { IconButton } from './iconButton'
import { useApp } from './react'

const NOTICE_MS = 8000

export function Notices() {
  const { notices: source } = useApp()
  const notices = useSyncExternalStore(source.subscribe, source.get)
  return (
    <section className="dara-notices" aria-label={FRAME.notices} aria-live="polite">
      <LoginNotice />
      {notices.map((notice) => (
        <Toast key={notice.id} notice={notice} />
      ))}
    </section>
  )
}

/** A notice that edits wait for a login, with a link to the login page. It disappears when the edits can be sent. */
function LoginNotice() {
  const { page, status: source } = useApp()
  const { login } = useSyncExternalStore(source.subscribe, source.get)
  if (!login) return null
  const { other, href, unsent } = login
  return (
    <div className="dara-toast" data-status="error" role="alert">
      <div className="dara-toast-text">
        <strong>{LOGIN.title(other)}</strong>
        <span>{LOGIN.edits(other)}</span>
        {other !== null && unsent && <CopyableText text={unsent} />}
        {href !== null && (
          <a href={href} target="_blank" rel="noopener">
            {LOGIN.link(other, page.user?.name ?? '')}
          </a>
        )}
      </div>
    </div>
  )
}

/** Text that the user has written and may want to keep, with a button to copy it. */
function CopyableText({ text }: { text: string }) {
  const app = useApp()
  return (
    <div className="dara-toast-lost">
      <q>{text}</q>
      <button type="button" onClick={() => app.copyText(text)}>
        {FRAME.copy}
      </button>
    </div>
  )
}

/** A notice. One without trouble disappears by itself, but not while the pointer or the focus is on it. */
function Toast({ notice: { id, message, title, status, text } }: { notice: Notice }) {
  const app = useApp()
  const [isAttended, setAttended] = useState(false)
  const isTimed = (status === 'info' || status === 'success') && !isAttended
  useEffect(() => {
    if (!isTimed) return
    const timer = setTimeout(() => app.dismiss(id), NOTICE_MS)
    return () => clearTimeout(timer)
  }, [app, id, isTimed])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the events only stop the timer
    <div
      className="dara-toast"
      data-status={status}
      role={status === 'error' ? 'alert' : undefined}
      onPointerEnter={() => setAttended(true)}
      onPointerLeave={() => setAttended(false)}
      onFocus={() => setAttended(true)}
      onBlur={() => setAttended(false)}
    >
      <div className="dara-toast-text">
        {title && <strong>{title}</strong>}
        <span>{message}</span>
        {text !== null && <CopyableText text={text} />}
      </div>
      <IconButton
        className="dara-toast-close"
        label={FRAME.dismiss}
        glyph={{ d: 'm4 4 8 8m0-8-8 8', size: 14, box: 16 }}
        onClick={() => app.dismiss(id)}
      />
    </div>
  )
}
