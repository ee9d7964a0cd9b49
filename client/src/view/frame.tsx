/** Frames around the pages: a bar at the top or at the side with the menu, the connection, the theme and the user. */

import './frame.css'
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { type CSSProperties, type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Node } from '../fragments'
import { FRAME } from '../messages'
import { IconButton } from './iconButton'
import { pathOf } from './menu'
import { useRouter, useView } from './outlet'
import { useApp } from './react'
import { ConnectionStatus } from './status'
import type { Box } from './style'

const FRAMES = ['SideBarFrame', 'TopBarFrame']

const CLOSE = 'm5 5 10 10m0-10L5 15'
const MENU = 'M3.5 6h13m-13 4h13m-13 4h13'
const LOG_OUT = 'M8 3.5H4.5v13H8M8.5 10h8m-3-3.2 3.2 3.2-3.2 3.2'
const PERSON = 'M10 10.2a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM3.6 17c.6-2.6 3-4.2 6.4-4.2s5.8 1.6 6.4 4.2'
const MOON = 'M16.8 11.7A7 7 0 1 1 8.3 3.2a5.6 5.6 0 0 0 8.5 8.5Z'
const SUN =
  'M10 6.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8ZM10 2v1.4m0 13.2V18M2 10h1.4m13.2 0H18M4.3 4.3l1 1m9.4 9.4 1 1m-11.4 0 1-1m9.4-9.4 1-1'

interface FrameProps {
  /** The attributes of the bar's element, or of the one around the bar at the side. */
  box?: Box
  /** The content of the bar. */
  bar: ReactNode
  title?: ReactNode
  width?: string | number | null
  height?: string | number | null
  padding?: string | number | null
  children: ReactNode
}

export function TopFrame({ box, bar, title = <Title />, height, padding, children }: FrameProps) {
  return (
    <>
      <header {...box} className="dara-header">
        <div className="dara-header-inner" style={styleOf({ minHeight: height, padding })}>
          {title}
          {bar}
          <div className="dara-header-end">
            <ConnectionStatus />
            <SchemeToggle />
            <UserMenu />
          </div>
        </div>
      </header>
      <Main className="dara-main">{children}</Main>
    </>
  )
}

/** A bar at the side; in a narrow window, a strip at the top with a button that opens the menu. */
export function SideFrame({ box, bar, title = <Title />, width, padding, children }: FrameProps) {
  const { page } = useApp()
  const menu = useRef<HTMLDivElement>(null)
  const view = useView()
  useEffect(() => {
    if (view) menu.current?.hidePopover()
  }, [view])
  return (
    <div
      {...box}
      className="dara-side-frame"
      style={{
        ...styleOf({ '--dara-side-width': lengthOf(width), '--dara-side-padding': lengthOf(padding) }),
        ...box?.style,
      }}
    >
      <header className="dara-side">
        <IconButton
          className="dara-menu-button"
          label={FRAME.menu}
          glyph={{ d: MENU, size: 20 }}
          popoverTarget="dara-menu"
        />
        {title}
        <div className="dara-side-menu" id="dara-menu" popover="auto" ref={menu}>
          <div className="dara-drawer-head">
            <span className="dara-title">{page.name || page.title}</span>
            <IconButton label={FRAME.close} glyph={{ d: CLOSE }} popoverTarget="dara-menu" />
          </div>
          {bar}
        </div>
        <div className="dara-side-end">
          <UserMenu />
          <ConnectionStatus />
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

/** The page without a bar; the connection is shown only in trouble. `isWhole` gives the page the whole window. */
export function BareFrame({ isWhole, children }: { isWhole: boolean; children: ReactNode }) {
  return (
    <>
      <Main className={isWhole ? 'dara-bare' : 'dara-main'}>{children}</Main>
      <div className="dara-floating">
        <ConnectionStatus />
      </div>
    </>
  )
}

/** The page itself. It takes the focus when another page is shown. */
function Main({ className, children }: { className: string; children: ReactNode }) {
  const { isBusy } = useRouter()
  const busy = useSyncExternalStore(isBusy.subscribe, isBusy.get)
  return (
    <main className={className} tabIndex={-1} aria-busy={busy || undefined}>
      {children}
    </main>
  )
}

/** Return whether a layout has a frame of its own. */
export function hasFrame(nodes: readonly Node[]): boolean {
  return nodes.some(({ component, slots }) => FRAMES.includes(component) || Object.values(slots).some(hasFrame))
}

/** The name of the app beside its logo, or the logo of a layout in their place. It leads to the first page of several. */
export function Title({ logo, width }: { logo?: string | null; width?: string | number | null }) {
  const { page } = useApp()
  const { location } = useRouter()
  const name = logo ? '' : page.name
  const picture = logo ?? page.logo
  const first = page.routes.length > 1 && page.routes.find(({ inMenu }) => inMenu)
  const Element = first ? 'a' : 'span'
  return (
    <Element className="dara-title" href={first ? location.href(pathOf(first.pattern)) : undefined}>
      {picture && (
        <img
          className="dara-logo"
          src={location.href(picture)}
          alt={name ? '' : page.title}
          style={styleOf({ width, maxWidth: width })}
        />
      )}
      {name}
    </Element>
  )
}

/** The user's name, and a button to log out; in a narrow window, a button that opens both. */
function UserMenu() {
  const { page } = useApp()
  if (!page.can_log_out || !page.user) return null
  const { name } = page.user
  return (
    <>
      <IconButton className="dara-user-button" label={name} glyph={{ d: PERSON }} popoverTarget="dara-user" />
      <form className="dara-user" id="dara-user" popover="auto" method="post" action={`${page.base}/logout`}>
        <span className="dara-user-name" title={name}>
          {name}
        </span>
        <IconButton type="submit" label={FRAME.logOut} title={FRAME.logOut} glyph={{ d: LOG_OUT }} />
      </form>
    </>
  )
}

/** A button for the other theme, unless a variable of the app decides. */
function SchemeToggle() {
  const { page } = useApp()
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark'
  if (page.theme_variable) return null
  return (
    <IconButton
      className="dara-scheme"
      label={isDark ? FRAME.useLight : FRAME.useDark}
      glyph={{ d: isDark ? SUN : MOON }}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    />
  )
}
