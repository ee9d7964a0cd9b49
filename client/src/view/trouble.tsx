/** Components for when something goes wrong: notices, and the reasons why values are out of date. See later.tsx. */

import { LOGIN, TROUBLE } from '../messages/trouble'
import './smallButtons.css'
import './trouble.css'
import { type ReactNode, type Ref, useEffect, useId, useState, useSyncExternalStore } from 'react'
import type { Notice } from '../app/notices'
import type { Node } from '../fragments'
import { combineUnsubscribes } from '../observable'
import type { Json } from '../protocol'
import { RetryButton } from './fallbacks'
import { Glyph, IconButton } from './iconButton'
import { useApp } from './react'
import { textOf } from './values'

const NOTICE_MS = 8000

export function Toasts() {
  const { notices: source } = useApp()
  const notices = useSyncExternalStore(source.subscribe, source.get)
  return (
    <>
      <LoginNotice />
      <BrokenApp />
      {notices.map((notice) => (
        <Toast key={notice.id} notice={notice} />
      ))}
    </>
  )
}

/** A notice that edits wait for a login, with a link to the login page. It disappears when the edits can be sent. */
function LoginNotice() {
  const { page, status: source } = useApp()
  const { login, hasUnsent } = useSyncExternalStore(source.subscribe, source.get)
  if (!login) return null
  const { other, href, unsent } = login
  return (
    <div className="dara-toast" data-status="error" role="alert">
      <div className="dara-toast-text">
        <strong>{LOGIN.title(other)}</strong>
        <span>{hasUnsent || other !== null ? LOGIN.edits(other) : LOGIN.draft}</span>
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

/** The reason why the server cannot load the app, until it can. */
function BrokenApp() {
  const { status } = useApp()
  const broken = useSyncExternalStore(status.subscribe, () => status.get().broken)
  if (broken === null) return null
  return (
    <div className="dara-toast" data-status="error" role="alert">
      <div className="dara-toast-text">
        <strong>{TROUBLE.broken}</strong>
        <Trace text={broken} />
        <span>{TROUBLE.brokenHint}</span>
      </div>
    </div>
  )
}

/** The lines of the server's log, with a button to copy them; only developers get them. */
function Trace({ text }: { text: string | null }) {
  const app = useApp()
  if (text === null) return null
  return (
    <div className="dara-trace">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keys */}
      <pre tabIndex={0}>{text}</pre>
      <button type="button" onClick={() => app.copyText(text)}>
        {TROUBLE.copy}
      </button>
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
        {TROUBLE.copy}
      </button>
    </div>
  )
}

/** A notice. One without trouble disappears by itself, but not while the pointer or the focus is on it. */
function Toast({ notice: { id, message, title, status, text, trace } }: { notice: Notice }) {
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
        <Trace text={trace} />
      </div>
      <IconButton
        className="dara-toast-close"
        label={TROUBLE.dismiss}
        glyph={{ d: 'm4 4 8 8m0-8-8 8', size: 14, box: 16 }}
        onClick={() => app.dismiss(id)}
      />
    </div>
  )
}

/** The stored value beside an edit that was refused, with a button that takes it. */
export function StoredValue({ stored, onTake }: { stored: string; onTake: () => void }) {
  return (
    <span className="dara-stored">
      {stored !== '' && (
        <>
          {TROUBLE.stored} <q>{stored}</q>{' '}
        </>
      )}
      <button type="button" onClick={onTake}>
        {stored === '' ? TROUBLE.clear : TROUBLE.take}
      </button>
    </span>
  )
}

/** An error message in the place of a component, with a button to try again. */
export function Failure({ message, trace = null, onRetry, retryLabel }: FailureProps) {
  return (
    <div className="dara-failure" role="alert">
      <span>{message}</span>
      {onRetry && <RetryButton onRetry={onRetry} label={retryLabel} />}
      <Trace text={trace} />
    </div>
  )
}

interface RefusalProps {
  node: Node
  reason: string
  /** The content of the app instead of the reason. */
  content: ReactNode
}

/** The reason for a refused value, in its place. It follows the value meanwhile. */
export function Refusal({ node: { variables }, reason, content }: RefusalProps) {
  const { graph, replicas } = useApp()
  useEffect(
    () =>
      combineUnsubscribes(Object.values(variables).map((ref) => graph.source(ref).subscribe(() => replicas.refused()))),
    [graph, replicas, variables],
  )
  return content ?? <Failure message={reason} />
}

export interface FailureProps {
  message: string
  /** The lines of the server's log, for developers. */
  trace?: string | null
  onRetry?: (() => void) | undefined
  retryLabel?: string
}

/** A note in the place of a value that the component cannot show. */
export function UnshowableValue({ component }: { component: string }) {
  return (
    <span className="dara-unshown" role="note" title={TROUBLE.unshowableIn(component)}>
      <Glyph
        d="M8 1.6a6.4 6.4 0 1 1 0 12.8A6.4 6.4 0 0 1 8 1.6ZM8 4.8v3.6M8 11.1v.1"
        size={14}
        box={16}
        strokeWidth={1.4}
      />
      {TROUBLE.unshowable}
    </span>
  )
}

interface StaleNoteProps {
  reason: string
  trace: string | null
  since: number | null
  onRetry: (() => void) | null
}

/** A sign beside a value that is out of date; it opens the reason. */
export function StaleNote({ reason, trace, since, onRetry }: StaleNoteProps) {
  const id = useId()
  const title = TROUBLE.stale(new Date(since ?? Date.now()).toLocaleTimeString())
  return (
    <span className="dara-stale" aria-live="polite">
      <button type="button" popoverTarget={id} aria-label={`${title} ${reason}`}>
        !
      </button>
      <div id={id} popover="auto" className="dara-stale-note">
        <strong>{title}</strong>
        <span>{reason}</span>
        <Trace text={trace} />
        {onRetry && <RetryButton onRetry={onRetry} />}
      </div>
    </span>
  )
}

interface ConflictsProps {
  conflicts: readonly (readonly [name: string, saved: Json])[]
  labels: ReadonlyMap<string, string>
  onDecide: (keepsOwn: boolean) => void
  ref: Ref<HTMLDivElement>
}

/** The values that somebody else has saved of members that the user has changed, to be taken or replaced. */
export function Conflicts({ conflicts, labels, onDecide, ref }: ConflictsProps) {
  return (
    <div className="dara-conflicts" role="alert" tabIndex={-1} ref={ref}>
      <p>{TROUBLE.conflict}</p>
      <ul>
        {conflicts.map(([name, value]) => (
          <li key={name}>
            {labels.get(name) ?? name}: <q>{textOf(value) || TROUBLE.empty}</q>
          </li>
        ))}
      </ul>
      <p>{TROUBLE.choose}</p>
      <button type="button" onClick={() => onDecide(false)}>
        {TROUBLE.takeTheirs}
      </button>{' '}
      <button type="button" onClick={() => onDecide(true)}>
        {TROUBLE.keepMine}
      </button>
    </div>
  )
}
