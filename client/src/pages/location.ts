/** Where in the app this tab is: the path, its parameters and the query, and the browser's history of them. No React. */

import { Listeners, Observable, type Unsubscribe } from '../observable'
import type { RouteInfo } from '../protocol'
import { bySpecificity, fillPattern, matchPattern, type Params } from './pattern'

/** Changes of one parameter that follow each other faster than this are one step of the history. */
const ONE_STEP_MS = 1000
/** Another host, or a place of the page that is on show. */
const ELSEWHERE = /^([a-z][a-z\d+.-]*:|\/\/|[?#]|$)/i

/** An address of the app: `path` is below its base and percent-encoded, `search` begins with `?` or is empty. */
export interface Target {
  path: string
  search: string
  hash: string
  route: RouteInfo
  params: Params
}

/** How a target is gone to: as a new entry of the history, instead of the present one, or it is there already. */
export type Manner = 'push' | 'replace' | 'pop'

/** What a location needs of `window`. */
export interface Tab {
  readonly location: { readonly href: string; readonly origin: string; assign(url: string): void }
  readonly history: {
    readonly state: unknown
    pushState(state: unknown, unused: string, url: string): void
    replaceState(state: unknown, unused: string, url: string): void
  }
  addEventListener(type: 'popstate', listener: () => void): void
}

export class Location {
  /** Below the app's base, percent-encoded. */
  readonly path: Observable<string>
  readonly params: Observable<Params>
  readonly #tab: Tab
  readonly #base: string
  readonly #routes: readonly RouteInfo[]
  readonly #listeners = new Listeners()
  #search: URLSearchParams
  #route: RouteInfo | null
  #arrive: (target: Target, manner: Manner) => void = (target, manner) => this.commit(target, manner)
  #last = { what: '', at: Number.NEGATIVE_INFINITY }

  constructor(routes: readonly RouteInfo[], base: string, tab: Tab = window) {
    this.#tab = tab
    this.#base = base
    this.#routes = [...routes].sort(
      (one, other) =>
        bySpecificity(one.pattern, other.pattern) || Number(other.caseSensitive) - Number(one.caseSensitive),
    )
    const here = new URL(tab.location.href)
    const path = this.#below(here) ?? '/'
    const found = this.match(path)
    this.path = new Observable(path)
    this.params = new Observable(found?.params ?? {})
    this.#route = found?.route ?? null
    this.#search = here.searchParams
    tab.addEventListener('popstate', () => this.#onPop())
  }

  /** The route that a path below the base is, and its parameters. */
  match(path: string): { route: RouteInfo; params: Params } | null {
    for (const route of this.#routes) {
      const params = matchPattern(route.pattern, path, route.caseSensitive)
      if (params) return { route, params }
    }
    return null
  }

  /** The path as the page's pattern writes it, so that it is the same however it was typed. */
  canonical(path: string): string {
    const found = this.match(path)
    return (found && fillPattern(found.route.pattern, found.params)) ?? path
  }

  /** The page of the app that a URL leads to, if it does; a path is one below the base. */
  target(url: string): Target | null {
    const there = urlOf(this.href(url), this.#tab.location.href)
    if (there?.origin !== this.#tab.location.origin) return null
    const path = this.#below(there)
    const found = path === null ? null : this.match(path)
    return path !== null && found ? { ...found, path, search: there.search, hash: there.hash } : null
  }

  /** What a link to `url` has as its `href`: a path of the app, with or without a slash, is below the base. */
  href(url: string): string {
    if (ELSEWHERE.test(url)) return url
    return `${this.#base}${url.startsWith('/') ? '' : '/'}${url}`
  }

  /** Go to a page of the app, or to any other address. */
  navigate(url: string, { replace = false }: { replace?: boolean } = {}): void {
    const target = this.target(url)
    if (target) return this.#arrive(target, replace ? 'replace' : 'push')
    const there = this.href(url)
    if (!urlOf(there, this.#tab.location.href)) throw new Error(`${url} is no address.`)
    this.#tab.location.assign(there)
  }

  /** Leave it to `arrive` when to `commit` a target: when its page is there. */
  onNavigate(arrive: (target: Target, manner: Manner) => void): void {
    this.#arrive = arrive
  }

  /** Be at a target. */
  commit(target: Target, manner: Manner, state: unknown = null): void {
    this.#last.what = ''
    this.#write(manner, this.#base + target.path + target.search + target.hash, state)
    this.#search = new URLSearchParams(target.search)
    this.#be(target.route, target.path, target.params)
  }

  query(name: string): string | null {
    return this.#search.get(name)
  }

  /** Set a parameter of the query, or remove it with `null`. */
  setQuery(name: string, value: string | null): void {
    if (this.#search.get(name) === value) return
    if (value === null) this.#search.delete(name)
    else this.#search.set(name, value)
    this.#change(`?${name}`, this.path.get())
    this.#listeners.notify()
  }

  /** Set a parameter of the path. While one that the address needs is empty, the address stays as it was. */
  setParam(name: string, value: string | null): void {
    const params = { ...this.params.get(), [name]: value || null }
    if (params[name] === this.params.get()[name]) return
    const path = this.#route && fillPattern(this.#route.pattern, params)
    if (path !== null) this.#change(`:${name}`, path)
    this.#be(this.#route, path ?? this.path.get(), params)
  }

  /** Called after every change of path, parameters or query. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }

  #be(route: RouteInfo | null, path: string, params: Params): void {
    this.#route = route
    if (path !== this.path.get()) this.path.set(path)
    if (!isSame(params, this.params.get())) this.params.set(params)
    this.#listeners.notify()
  }

  /** Write a change of one parameter into the history: typing a word is one step. */
  #change(what: string, path: string): void {
    const now = performance.now()
    const goesOn = this.#last.what === what && now - this.#last.at < ONE_STEP_MS
    this.#last = { what, at: now }
    const search = this.#search.toString()
    const manner = goesOn ? 'replace' : 'push'
    this.#write(manner, this.#base + path + (search && `?${search}`), goesOn ? this.#tab.history.state : null)
  }

  #write(manner: Manner, url: string, state: unknown): void {
    if (manner === 'push') this.#tab.history.pushState(state, '', url)
    if (manner === 'replace') this.#tab.history.replaceState(state, '', url)
  }

  #onPop(): void {
    const here = this.#tab.location.href
    const target = this.target(here)
    if (target) this.#arrive(target, 'pop')
    else this.#tab.location.assign(here)
  }

  /** The path below the base, or `null` if it is not there. */
  #below({ pathname }: URL): string | null {
    if (pathname === this.#base) return '/'
    return pathname.startsWith(`${this.#base}/`)
      ? `/${pathname.slice(this.#base.length).replace(/^\/+|\/+$/g, '')}`
      : null
  }
}

function urlOf(url: string, base: string): URL | null {
  try {
    return new URL(url, base)
  } catch {
    return null // nothing that could be gone to
  }
}

function isSame(one: Params, other: Params): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
