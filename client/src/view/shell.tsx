/** The whole window: the theme, a frame, the page inside it, and notices. */

import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
// The CSS of other components overrides these two, so they come first.
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/Input.css'
import './theme.css'
import './base.css'
import './shell.css'
import { MantineProvider } from '@mantine/core'
import { type ReactNode, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { App } from '../app/app'
import type { RouteInfo } from '../fragments'
import type { Router, View } from '../pages/router'
import { BareFrame, hasFrame, SideFrame, TopFrame } from './frame'
import { Notices } from './later'
import { Menu } from './menu'
import { PageLevels, RouterContext, useRouter, useView } from './outlet'
import { AppContext, useApp } from './react'
import { schemeManager } from './scheme'
import { theme } from './theme'

export function Shell({ app, router }: { app: App; router: Router }) {
  const manager = useMemo(() => schemeManager(app), [app])
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme={app.page.theme}
      colorSchemeManager={manager}
      getStyleNonce={styleNonce}
    >
      <AppContext value={app}>
        <RouterContext value={router}>
          <NavigationProgress />
          <Template>
            <PageLevels />
          </Template>
          <NavigationEffects />
          <Notices />
        </RouterContext>
      </AppContext>
    </MantineProvider>
  )
}

/** Return the nonce for styles. The server repeats it in a meta tag, because browsers hide the attribute of scripts. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="dara-nonce"]')?.content ?? ''
}

/** The app's frame, around pages without a layout of their own. */
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

/** Sets the title, the scroll position and the focus after a navigation. */
function NavigationEffects() {
  const { page } = useApp()
  const view = useView()
  const last = useRef<View | null>(null)
  useLayoutEffect(() => {
    if (!view) return
    const before = last.current
    last.current = view
    document.documentElement.style.setProperty('--dara-width', view.route.width)
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

/** Move the focus to the page, so that a screen reader reads it, unless the user types in a field of its layout. */
function focusPage(): void {
  const { activeElement: active } = document
  const isTyping = active?.matches('input, textarea, select, [contenteditable]') ?? false
  if (!isTyping) document.querySelector('main')?.focus({ preventScroll: true })
}

/** A line at the top while a page is being fetched; visible only if that takes a while. */
function NavigationProgress() {
  const { isBusy } = useRouter()
  const busy = useSyncExternalStore(isBusy.subscribe, isBusy.get)
  return busy ? <div className="dara-progress" aria-hidden="true" /> : null
}
