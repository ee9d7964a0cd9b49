/** What is around pages: a bar on top or at the side, with the menu, the connection, the theme and the user. */

import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import {
  type CSSProperties,
  lazy,
  type ReactNode,
  Suspense,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Status } from '../app/status'
import type { Node } from '../protocol'
import { useRouter, useView } from './outlet'
import { useApp } from './react'

const SAVING_AFTER_MS = 600
const FRAMES = ['SideBarFrame', 'TopBarFrame']
// Fetched by pages that have icons.
const Icon = lazy(() => import('../components/Icon'))

export interface FrameProps {
  /** What is in the bar. */
  bar: ReactNode
  title?: ReactNode
  width?: string | number | null
  height?: string | number | null
  padding?: string | number | null
  children: ReactNode
}

export function TopFrame({ bar, title = <Title />, height, padding, children }: FrameProps) {
  return (
    <>
      <header className="dara-header">
        <div className="dara-header-inner" style={styleOf({ minHeight: height, padding })}>
          {title}
          {bar}
          <div className="dara-header-end">
            <Connection />
            <SchemeToggle />
            <UserMenu />
          </div>
        </div>
      </header>
      <Main className="dara-main">{children}</Main>
    </>
  )
}

/** At the side; where the window is narrow, a strip on top whose button opens the menu. */
export function SideFrame({ bar, title = <Title />, width, padding, children }: FrameProps) {
  const menu = useRef<HTMLDivElement>(null)
  const view = useView()
  useEffect(() => {
    if (view) menu.current?.hidePopover()
  }, [view])
  return (
    <div
      className="dara-side-frame"
      style={styleOf({ '--dara-side-width': lengthOf(width), '--dara-side-padding': lengthOf(padding) })}
    >
      <header className="dara-side">
        <button type="button" className="dara-icon-button dara-menu-button" popoverTarget="dara-menu" aria-label="Menu">
          <svg viewBox="0 0 20 20" width="20" height="20" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
            <path strokeLinecap="round" d="M3.5 6h13m-13 4h13m-13 4h13" />
          </svg>
        </button>
        {title}
        <div className="dara-side-menu" id="dara-menu" popover="auto" ref={menu}>
          {bar}
        </div>
        <div className="dara-side-end">
          <UserMenu />
          <Connection />
          <SchemeToggle />
        </div>
      </header>
      <Main className="dara-main">{children}</Main>
    </div>
  )
}

function styleOf(style: Record<string, string | number | null | undefined>): CSSProperties {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value != null))
}

function lengthOf(length: string | number | null | undefined): string | null {
  return length == null ? null : typeof length === 'number' ? `${length}px` : length
}

/** Nothing around the page, but for what has to be said of the connection. A layout has the whole window. */
export function BareFrame({ isWhole, children }: { isWhole: boolean; children: ReactNode }) {
  return (
    <>
      <Main className={isWhole ? 'dara-bare' : 'dara-main'}>{children}</Main>
      <div className="dara-floating">
        <Connection />
      </div>
    </>
  )
}

/** The page itself. The focus moves here when there is another page. */
function Main({ className, children }: { className: string; children: ReactNode }) {
  const { isBusy } = useRouter()
  const busy = useSyncExternalStore(isBusy.subscribe, isBusy.get)
  return (
    <main className={className} tabIndex={-1} aria-busy={busy || undefined}>
      {children}
    </main>
  )
}

/** Whether a layout has a frame of its own. */
export function hasFrame(nodes: readonly Node[]): boolean {
  return nodes.some(({ component, slots }) => FRAMES.includes(component) || Object.values(slots).some(hasFrame))
}

/** What is in a link of a menu. */
export function MenuItem({ icon, children }: { icon: string | null; children: ReactNode }) {
  return (
    <>
      {icon && (
        <span className="dara-menu-icon" aria-hidden="true">
          <Suspense>
            <Icon node={{ component: 'Icon', id: icon, props: { icon }, variables: {}, actions: {}, slots: {} }} />
          </Suspense>
        </span>
      )}
      <span className="dara-menu-text">{children}</span>
    </>
  )
}

/** The app's title, or its logo. */
export function Title({ logo }: { logo?: string | null }) {
  const { page } = useApp()
  const { location } = useRouter()
  return logo ? (
    <img className="dara-logo" src={location.href(logo)} alt={page.title} />
  ) : (
    <span className="dara-title">{page.title}</span>
  )
}

/** Links to the pages that are in the menu, if there are several. */
export function Menu() {
  const { page } = useApp()
  const { location } = useRouter()
  const view = useView()
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    if (view) nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [view])
  const routes = page.routes.filter((route) => route.inMenu)
  if (routes.length < 2) return null
  return (
    <nav className="dara-nav" aria-label="Pages" ref={nav}>
      {routes.map(({ id, name, pattern, icon }) => (
        <a
          key={id}
          className="dara-menu-link"
          href={location.href(plainPath(pattern))}
          data-prefetch
          aria-current={view?.route.chain.includes(id) ? 'page' : undefined}
        >
          <MenuItem icon={icon}>{name}</MenuItem>
        </a>
      ))}
    </nav>
  )
}

/** A pattern without what may be left out. */
function plainPath(pattern: string): string {
  const words = pattern.split('/').filter((word) => word && word !== '*' && !word.startsWith(':'))
  return `/${words.map(encodeURIComponent).join('/')}`
}

function UserMenu() {
  const { page } = useApp()
  if (!page.can_log_out || !page.user) return null
  return (
    <form className="dara-user" method="post" action={`${page.base}/logout`}>
      <span className="dara-user-name" title={page.user.name}>
        {page.user.name}
      </span>
      <button type="submit" className="dara-icon-button" aria-label="Log out" title="Log out">
        <svg
          viewBox="0 0 20 20"
          width="18"
          height="18"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          aria-hidden="true"
        >
          <path strokeLinecap="round" strokeLinejoin="round" d="M8 3.5H4.5v13H8M8.5 10h8m-3-3.2 3.2 3.2-3.2 3.2" />
        </svg>
      </button>
    </form>
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

function connectionOf({ link, trouble, stale, login }: Status, isSaving: boolean): Connected {
  if (login) return { tone: 'bad', text: 'Logged out, your edits are kept', short: 'Logged out' }
  if (link === 'reconnecting') {
    return { tone: 'busy', text: 'Reconnecting, your edits are kept', short: 'Reconnecting…' }
  }
  if (trouble)
    return { tone: 'bad', text: `Not saved yet: ${trouble.replace(/\.$/, '')}. Retrying`, short: 'Not saved yet' }
  if (stale)
    return { tone: 'bad', text: `Not up to date: ${stale.replace(/\.$/, '')}. Retrying`, short: 'Not up to date' }
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
      className="dara-icon-button dara-scheme"
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
