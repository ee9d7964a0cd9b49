/** The whole window: the theme, a frame, the page in it, and notices. */

import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
// Other components' CSS builds on these two, so they have to come first.
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/Input.css'
import './base.css'
import './shell.css'
import { MantineProvider } from '@mantine/core'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { App } from '../app/app'
import type { Notice } from '../app/notices'
import type { Router, View } from '../pages/router'
import type { RouteInfo } from '../protocol'
import { BareFrame, hasFrame, Menu, SideFrame, TopFrame } from './frame'
import { Outermost, RouterContext, useRouter, useView } from './outlet'
import { AppContext, useApp } from './react'
import { theme } from './theme'

const NOTICE_MS = 8000

export function Shell({ app, router }: { app: App; router: Router }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme={app.page.theme} getStyleNonce={styleNonce}>
      <AppContext value={app}>
        <RouterContext value={router}>
          <Progress />
          <Template>
            <Outermost />
          </Template>
          <Arrival />
          <Notices />
        </RouterContext>
      </AppContext>
    </MantineProvider>
  )
}

/** Browsers hide the nonce attribute of their own scripts, so the server repeats it where it can be read. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="dara-nonce"]')?.content ?? ''
}

/** The app's frame, around pages that have no layout of their own. */
function Template({ children }: { children: ReactNode }) {
  const { template, routes, route } = useApp().page
  const view = useView()
  const { isFramed } = view?.route ?? (routes.find(({ id }) => id === route) as RouteInfo)
  if (!isFramed || template === 'blank') {
    const hasOwn = hasFrame(view?.levels.flatMap(({ nodes }) => nodes) ?? [])
    return hasOwn ? children : <BareFrame isWhole={!isFramed}>{children}</BareFrame>
  }
  const Frame = template === 'side' ? SideFrame : TopFrame
  return <Frame bar={<Menu />}>{children}</Frame>
}

/** What changes with the page besides the page: the title, the scroll position, and the focus. */
function Arrival() {
  const { page } = useApp()
  const view = useView()
  const shown = useRef<View | null>(null)
  useLayoutEffect(() => {
    if (!view) return
    const before = shown.current
    shown.current = view
    document.title = titleOf(view.route.name, page.title, page.routes.length)
    if (view.scroll !== null) scroll(view.scroll)
    if (before && before.route !== view.route) focusPage()
  }, [view, page])
  return null
}

function titleOf(name: string, app: string, pages: number): string {
  return pages === 1 || name === app ? app : `${name} · ${app}`
}

function scroll(to: NonNullable<View['scroll']>): void {
  if (typeof to === 'string') document.getElementById(to)?.scrollIntoView()
  else window.scrollTo({ left: to.x, top: to.y, behavior: 'instant' })
}

/** Continue where the page begins, so that a screen reader reads it, unless somebody is typing in its layout. */
function focusPage(): void {
  const { activeElement: active } = document
  const isTyping = active?.matches('input, textarea, select, [contenteditable]') ?? false
  if (!isTyping) document.querySelector('main')?.focus({ preventScroll: true })
}

/** A line on top while a page is on its way; it shows only if that takes a while. */
function Progress() {
  const { isBusy } = useRouter()
  const busy = useSyncExternalStore(isBusy.subscribe, isBusy.get)
  return busy ? <div className="dara-progress" aria-hidden="true" /> : null
}

function Notices() {
  const { notices: source } = useApp()
  const notices = useSyncExternalStore(source.subscribe, source.get)
  return (
    <section className="dara-notices" aria-label="Notices" aria-live="polite">
      <LoginNotice />
      {notices.map((notice) => (
        <Toast key={notice.id} notice={notice} />
      ))}
    </section>
  )
}

/** Says that edits wait for a login, and where that is; it goes by itself when they can be sent. */
function LoginNotice() {
  const { page, status: source } = useApp()
  const { login } = useSyncExternalStore(source.subscribe, source.get)
  if (!login) return null
  const { other, href, unsent } = login
  return (
    <div className="dara-toast" data-status="error" role="alert">
      <div className="dara-toast-text">
        <strong>{other === null ? 'You are logged out' : `${other} is logged in now`}</strong>
        <span>
          Your edits are kept on this page
          {other === null ? '. They are saved when you have logged in again.' : `, and are not saved as ${other}.`}
        </span>
        {other !== null && unsent && <TextBackedVariable text={unsent} />}
        {href !== null && (
          <a href={href} target="_blank" rel="noopener">
            {other === null ? 'Log in in a new tab' : `Log in as ${page.user?.name} in a new tab`}
          </a>
        )}
      </div>
    </div>
  )
}

/** What the user has written, which they can copy. */
function TextBackedVariable({ text }: { text: string }) {
  const app = useApp()
  return (
    <div className="dara-toast-lost">
      <q>{text}</q>
      <button type="button" onClick={() => app.copyText(text)}>
        Copy
      </button>
    </div>
  )
}

function Toast({ notice: { id, message, title, status, text } }: { notice: Notice }) {
  const app = useApp()
  const [isRead, setRead] = useState(false)
  const isPassing = (status === 'info' || status === 'success') && !isRead
  useEffect(() => {
    if (!isPassing) return
    const timer = setTimeout(() => app.dismiss(id), NOTICE_MS)
    return () => clearTimeout(timer)
  }, [app, id, isPassing])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only stays while it is being read
    <div
      className="dara-toast"
      data-status={status}
      role={status === 'error' ? 'alert' : undefined}
      onPointerEnter={() => setRead(true)}
      onPointerLeave={() => setRead(false)}
      onFocus={() => setRead(true)}
      onBlur={() => setRead(false)}
    >
      <div className="dara-toast-text">
        {title && <strong>{title}</strong>}
        <span>{message}</span>
        {text !== null && <TextBackedVariable text={text} />}
      </div>
      <button type="button" className="dara-toast-close" aria-label="Dismiss" onClick={() => app.dismiss(id)}>
        <svg viewBox="0 0 16 16" width="14" height="14" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
          <path strokeLinecap="round" d="m4 4 8 8m0-8-8 8" />
        </svg>
      </button>
    </div>
  )
}
