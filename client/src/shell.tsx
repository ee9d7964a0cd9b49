/** What is around every page: the theme, a header, the state of the connection, and notices. */

import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
// Other components' CSS builds on these two, so they have to come first.
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/Input.css'
import './base.css'
import './shell.css'
import { MantineProvider, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Component, type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import type { App, Notice, Status } from './app'
import { AppContext, useApp } from './react'
import { Page } from './render'
import { theme } from './theme'

const SAVING_AFTER_MS = 600
const NOTICE_MS = 8000

export function Shell({ app }: { app: App }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme={app.page.theme} getStyleNonce={styleNonce}>
      <AppContext value={app}>
        <Header />
        <main className="dara-main">
          <Fence>
            <Page content={app.page.content} />
          </Fence>
        </main>
        <Notices />
      </AppContext>
    </MantineProvider>
  )
}

/** Browsers hide the nonce attribute of their own scripts, so the server repeats it where it can be read. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="dara-nonce"]')?.content ?? ''
}

function Header() {
  const { page } = useApp()
  return (
    <header className="dara-header">
      <div className="dara-header-inner">
        <span className="dara-title">{page.title}</span>
        {page.pages.length > 1 && (
          <nav className="dara-nav" aria-label="Pages">
            {page.pages.map(({ name, route }) => (
              <a key={route} href={page.base + route} aria-current={route === page.route ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
        )}
        <div className="dara-header-end">
          <Connection />
          <SchemeToggle />
        </div>
      </div>
    </header>
  )
}

function Connection() {
  const { status: source } = useApp()
  const status = useSyncExternalStore(source.subscribe, source.get)
  const isSaving = useLasting(status.link === 'live' && status.hasUnsent, SAVING_AFTER_MS)
  const { tone, text, short } = connectionOf(status, isSaving)
  return (
    <>
      <span className="dara-status" role="status" data-tone={tone} title={text}>
        <span className="dara-status-text">{text}</span>
        <span className="dara-status-short" aria-hidden>
          {short ?? text}
        </span>
      </span>
      {status.isOutdated && (
        <button type="button" className="dara-reload" onClick={() => location.reload()}>
          New version, reload
        </button>
      )}
    </>
  )
}

interface Connected {
  tone: 'good' | 'busy' | 'bad'
  text: string
  short?: string
}

function connectionOf({ link, trouble }: Status, isSaving: boolean): Connected {
  if (link === 'reconnecting') {
    return { tone: 'busy', text: 'Reconnecting, your edits are kept', short: 'Reconnecting…' }
  }
  if (trouble)
    return { tone: 'bad', text: `Not saved yet: ${trouble.replace(/\.$/, '')}. Retrying`, short: 'Not saved yet' }
  if (link === 'connecting') return { tone: 'busy', text: 'Connecting…' }
  return isSaving ? { tone: 'good', text: 'Saving…' } : { tone: 'good', text: 'Live' }
}

/** Whether `condition` has held for `delay` milliseconds. */
function useLasting(condition: boolean, delay: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!condition) return
    const timer = setTimeout(() => setLasts(true), delay)
    return () => {
      clearTimeout(timer)
      setLasts(false)
    }
  }, [condition, delay])
  return condition && lasts
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark'
  return (
    <button
      type="button"
      className="dara-scheme"
      aria-label={isDark ? 'Use light mode' : 'Use dark mode'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      <svg
        viewBox="0 0 20 20"
        width="18"
        height="18"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        aria-hidden="true"
      >
        {isDark ? (
          <path
            strokeLinecap="round"
            d="M10 6.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8ZM10 2v1.4M10 16.6V18M2 10h1.4M16.6 10H18M4.3 4.3l1 1M14.7 14.7l1 1M4.3 15.7l1-1M14.7 5.3l1-1"
          />
        ) : (
          <path strokeLinejoin="round" d="M16.8 11.7A7 7 0 1 1 8.3 3.2a5.6 5.6 0 0 0 8.5 8.5Z" />
        )}
      </svg>
    </button>
  )
}

function Notices() {
  const { notices: source } = useApp()
  const notices = useSyncExternalStore(source.subscribe, source.get)
  return (
    <section className="dara-notices" aria-label="Notices" aria-live="polite">
      {notices.map((notice) => (
        <Toast key={notice.id} notice={notice} />
      ))}
    </section>
  )
}

function Toast({ notice: { id, message, title, status } }: { notice: Notice }) {
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
      </div>
      <button type="button" className="dara-toast-close" aria-label="Dismiss" onClick={() => app.dismiss(id)}>
        <svg viewBox="0 0 16 16" width="14" height="14" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
          <path strokeLinecap="round" d="m4 4 8 8m0-8-8 8" />
        </svg>
      </button>
    </div>
  )
}

/** Keeps the header and the connection when a component of the page fails. */
class Fence extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <div className="dara-card" role="alert">
        <h3 className="dara-card-title">This page could not be drawn</h3>
        <p className="dara-card-subtitle">{error.message}</p>
        <button type="button" className="dara-reload" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    )
  }
}
