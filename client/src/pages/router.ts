/** The router: fetches the levels that a page needs, and shows the page when they are loaded. No React. */

import type { App } from '../app/app'
import type { Level, Node, Page, RouteInfo } from '../fragments'
import { BROWSER } from '../messages'
import { Observable } from '../observable'
import type { Json } from '../protocol'
import { fetchPage, LoggedOut, type PageData } from '../sync/network'
import type { Location, Manner, Target } from './location'
import { fillPattern } from './pattern'

/** The variable with the pages on show, outermost first. */
const MATCHES = 'router.matches'
const PREFETCHED_MS = 10_000
const SCROLLS = 'dara-scroll'

/** A page or a layout on show; with `isLoading` its fallback is shown. */
export interface ShownLevel {
  readonly id: string
  readonly nodes: readonly Node[]
  readonly isLoading: boolean
}

/** The page on show; its levels are ordered from the outside in. */
export interface View {
  readonly route: RouteInfo
  readonly levels: readonly ShownLevel[]
  /** The position to scroll to, or the id of the element to scroll to; `null` does not scroll. */
  readonly scroll: { x: number; y: number } | string | null
}

type Preload = (nodes: readonly Node[]) => Promise<void>

export class Router {
  readonly location: Location
  readonly view: Observable<View | null>
  /** True while a page is fetched. */
  readonly isBusy = new Observable(false)
  readonly #app: App
  readonly #preload: Preload
  readonly #levels = new Map<string, Level>()
  readonly #prefetched = new Map<string, { at: number; page: Promise<PageData> }>()
  readonly #scrolls: Record<string, { x: number; y: number }> = loadScrolls()
  /** The navigation under way, which a newer one replaces, and its route. */
  #navigation: symbol | null = null
  #destination: RouteInfo | null = null
  /** The name of the present entry of the history. */
  #entry: string

  constructor(app: App, location: Location, preload: Preload) {
    this.#app = app
    this.location = location
    this.#preload = preload
    this.view = new Observable<View | null>(null)
    this.#entry = entryOf(history.state) ?? newEntry()
  }

  /** Show the page that came with the HTML, and handle links from now on. */
  async start(): Promise<void> {
    const { page } = this.#app
    const target = this.location.target(window.location.href)
    if (!target) throw new Error(`This app has no page at ${page.path}`)
    history.scrollRestoration = 'manual'
    this.#nameEntry(history.state)
    this.location.onNavigate((target, manner) => void this.#go(target, manner))
    document.addEventListener('click', (event) => this.#onClick(event))
    for (const type of ['pointerover', 'focusin']) document.addEventListener(type, (event) => this.#onHover(event))
    document.addEventListener('pointerdown', (event) => this.#onPress(event))
    this.location.subscribe(() => this.#updateMatches())
    window.addEventListener('pagehide', () => this.#keepScroll())
    for (const [id, level] of Object.entries(page.levels)) this.#levels.set(id, level)
    await this.#arrive(this.#begin(target.route), target, () => this.#scrolls[this.#entry] ?? hashOf(target))
  }

  async #go(target: Target, manner: Manner): Promise<void> {
    const shown = this.view.get()
    if (shown && target.path === this.location.path.get() && manner !== 'replace')
      return this.#goWithinPage(shown, target, manner)
    const navigation = this.#begin(target.route)
    try {
      const isLoaded = target.route.chain.every((id) => this.#levels.has(id))
      if (!isLoaded) {
        const page = await this.#fetch(target)
        if (this.#navigation !== navigation) return
        if (page.build !== this.#app.page.build) throw new Error('The server runs another build of the app.')
        this.#add(page.levels)
      }
      await this.#arrive(navigation, target, () => this.#commit(target, manner))
    } catch (error) {
      if (this.#navigation === navigation) this.#giveUp(target, manner, error as Error)
    }
  }

  /** Go to another query or fragment of the same page. */
  #goWithinPage(shown: View, target: Target, manner: Manner): void {
    this.#end()
    const scroll = this.#commit(target, manner)
    const isNew = manner === 'pop' && !this.#scrolls[this.#entry]
    this.view.set({ ...shown, scroll: isNew ? null : scroll })
  }

  #begin(route: RouteInfo): symbol {
    this.#destination = route
    this.#navigation = Symbol(route.id)
    this.isBusy.set(true)
    return this.#navigation
  }

  #end(): void {
    this.#destination = this.#navigation = null
    this.isBusy.set(false)
    this.#removeUnused()
  }

  /** Show a page once its code is loaded and its `on_load` has run, unless a newer navigation has begun. */
  async #arrive(navigation: symbol, target: Target, commit: () => View['scroll']): Promise<void> {
    const { route } = target
    const levels = route.chain.map((id) => [id, this.#levels.get(id) as Level] as const)
    await this.#preload(levels.flatMap(([, level]) => [...level.nodes, ...level.fallback])).catch(() => {})
    const input: Json = { params: { ...target.params }, route: { id: route.id, name: route.name, path: route.pattern } }
    const loads = levels.map(([id, level]) => ({ id, level, done: this.#app.run(level.on_load, input) }))
    const isLoading = new Set(loads.filter(({ level }) => level.on_load.length > 0 && level.fallback.length > 0))
    await Promise.all(loads.filter((load) => !isLoading.has(load)).map(({ done }) => done))
    if (this.#navigation !== navigation) return
    const show = (scroll: View['scroll']) => {
      const shown = loads.map((load) => ({
        id: load.id,
        nodes: isLoading.has(load) ? load.level.fallback : load.level.nodes,
        isLoading: isLoading.has(load),
      }))
      this.view.set({ route, levels: shown, scroll })
      this.#updateMatches()
    }
    show(commit())
    this.#end()
    const view = this.view.get()
    for (const load of [...isLoading]) {
      await load.done
      isLoading.delete(load)
      if (this.view.get()?.route === view?.route) show(null)
    }
  }

  #updateMatches(): void {
    const { graph } = this.#app
    if (!graph.has(MATCHES)) return
    const params = { ...this.location.params.get() }
    const pages = (this.view.get()?.route.chain ?? []).flatMap((id) => {
      const { name, pattern } = this.#levels.get(id) as Level
      return pattern === null ? [] : [{ id, name, pattern }]
    })
    const matches = pages.map(({ id, name, pattern }, index) => ({
      id,
      pathname: fillPattern(pattern, params) ?? this.location.path.get(),
      params,
      is_first: index === 0,
      is_last: index === pages.length - 1,
      definition: { name, path: pattern },
    }))
    graph.source({ variable: MATCHES, path: [] }).set(matches)
  }

  #add(levels: Page['levels']): void {
    for (const [id, level] of Object.entries(levels)) {
      if (this.#levels.has(id)) continue
      this.#levels.set(id, level)
      this.#app.addFragment(id, level)
    }
  }

  /** Remove the levels that are not needed any more, after React has unmounted them. */
  #removeUnused(): void {
    setTimeout(() => {
      const needed = new Set([...(this.view.get()?.route.chain ?? []), ...(this.#destination?.chain ?? [])])
      for (const id of this.#levels.keys()) {
        if (needed.has(id)) continue
        this.#levels.delete(id)
        this.#app.removeFragment(id)
      }
    })
  }

  /** Make the target the present location, and return where to scroll. */
  #commit(target: Target, manner: Manner): View['scroll'] {
    this.#keepScroll()
    if (manner === 'push') this.#entry = newEntry()
    if (manner === 'pop') this.#entry = entryOf(history.state) ?? newEntry()
    this.location.commit(target, manner, { entry: this.#entry })
    if (manner === 'pop') this.#nameEntry(history.state)
    return (manner === 'pop' && this.#scrolls[this.#entry]) || (hashOf(target) ?? { x: 0, y: 0 })
  }

  #giveUp(target: Target, manner: Manner, error: Error): void {
    this.#end()
    if (error instanceof LoggedOut && this.#app.keepForLogin()) return
    const isOffline = error instanceof TypeError && manner !== 'pop'
    if (isOffline) this.#app.notify(BROWSER.notFetched, 'warning')
    else window.location.assign(this.location.href(target.path) + target.search + target.hash)
  }

  #fetch(target: Target): Promise<PageData> {
    if (this.#app.status.get().login) return Promise.reject(new LoggedOut())
    const known = this.#prefetched.get(target.path)
    this.#prefetched.delete(target.path)
    if (known && performance.now() - known.at < PREFETCHED_MS) return known.page
    return fetchPage(`${this.location.href('/_dara/page')}?path=${encodeURIComponent(target.path)}`)
  }

  #onClick(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || isLeftToBrowser(event, link)) return
    const target = this.location.target(link.href)
    if (!target || (target.hash && isHere(link))) return
    event.preventDefault()
    void this.#go(target, isHere(link) || 'replace' in link.dataset ? 'replace' : 'push')
  }

  #onHover(event: Event): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-prefetch]') : null
    if (link) this.#prefetch(link)
  }

  /** The press of the mouse begins a click. A touch may begin a scroll instead. */
  #onPress(event: PointerEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link && event.pointerType === 'mouse' && !isLeftToBrowser(event, link)) this.#prefetch(link)
  }

  /** Fetch the page of a link, unless it is loaded or was fetched a moment ago. */
  #prefetch(link: HTMLAnchorElement): void {
    if (isHere(link)) return
    const target = this.location.target(link.href)
    for (const [path, { at }] of this.#prefetched)
      if (performance.now() - at >= PREFETCHED_MS) this.#prefetched.delete(path)
    if (!target || this.#prefetched.has(target.path)) return
    if (target.route.chain.every((id) => this.#levels.has(id))) return
    const page = this.#fetch(target)
    this.#prefetched.set(target.path, { at: performance.now(), page })
    page.then(
      ({ levels }) => this.#preload(Object.values(levels).flatMap(({ nodes }) => nodes)).catch(() => {}),
      () => this.#prefetched.delete(target.path),
    )
  }

  /** Name the present entry of the history, under which its scroll position is kept. */
  #nameEntry(state: unknown): void {
    if (entryOf(state) === null) history.replaceState({ entry: this.#entry }, '')
  }

  #keepScroll(): void {
    this.#scrolls[this.#entry] = { x: window.scrollX, y: window.scrollY }
    try {
      sessionStorage.setItem(SCROLLS, JSON.stringify(this.#scrolls))
    } catch {
      // The storage is full or forbidden: the position is lost with the tab.
    }
  }
}

/** Return whether the browser handles a click: one that opens a tab or a window, or downloads a file. */
function isLeftToBrowser(event: MouseEvent, link: HTMLAnchorElement): boolean {
  const isModified = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  return isModified || (link.target !== '' && link.target !== '_self') || link.hasAttribute('download') || !link.href
}

function isHere(link: HTMLAnchorElement): boolean {
  return link.pathname === window.location.pathname && link.search === window.location.search
}

function hashOf({ hash }: Target): string | null {
  if (hash.length <= 1) return null
  try {
    return decodeURIComponent(hash.slice(1))
  } catch {
    return hash.slice(1) // a percent sign without two digits
  }
}

function entryOf(state: unknown): string | null {
  const entry = (state as { entry?: unknown } | null)?.entry
  return typeof entry === 'string' ? entry : null
}

function newEntry(): string {
  return Math.random().toString(36).slice(2)
}

function loadScrolls(): Record<string, { x: number; y: number }> {
  try {
    return JSON.parse(sessionStorage.getItem(SCROLLS) ?? '{}')
  } catch {
    return {}
  }
}
