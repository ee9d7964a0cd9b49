/** The menu of the app's pages. */

import './menu.css'
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { FRAME } from '../messages'
import { useRouter, useView } from './outlet'
import { useApp } from './react'

// A chunk of its own: only pages with icons fetch it.
const Icon = lazy(() => import('../components/Icon'))

/** Links to the pages in the menu; nothing if there is only one. */
export function Menu() {
  const { page } = useApp()
  const { location } = useRouter()
  const view = useView()
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    if (view) reveal(nav.current?.querySelector('[aria-current]') ?? null)
  }, [view])
  const routes = page.routes.filter((route) => route.inMenu)
  if (routes.length < 2) return null
  return (
    <nav className="dara-nav" aria-label={FRAME.pages} ref={nav}>
      {routes.map(({ id, name, pattern, icon }) => (
        <a
          key={id}
          className="dara-menu-link"
          href={location.href(pathOf(pattern))}
          data-prefetch
          aria-current={view?.route.chain.includes(id) ? 'page' : undefined}
        >
          <MenuItem icon={icon}>{name}</MenuItem>
        </a>
      ))}
    </nav>
  )
}

/** Scroll the bar or the drawer so that a link is visible. The page itself stays where it is. */
function reveal(link: Element | null): void {
  const frame = link?.closest('.dara-side-menu') ?? link?.closest('.dara-nav')
  if (!link || !frame) return
  const [inner, outer] = [link.getBoundingClientRect(), frame.getBoundingClientRect()]
  frame.scrollLeft += Math.min(inner.left - outer.left, 0) + Math.max(inner.right - outer.right, 0)
  frame.scrollTop += Math.min(inner.top - outer.top, 0) + Math.max(inner.bottom - outer.bottom, 0)
}

/** The content of a menu link. */
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

/** Return the path of a pattern without its optional parameters. */
export function pathOf(pattern: string): string {
  const words = pattern.split('/').filter((word) => word && word !== '*' && !word.startsWith(':'))
  return `/${words.map(encodeURIComponent).join('/')}`
}
