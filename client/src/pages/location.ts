/** The location of a tab in the app: path, parameters and query, and the browser's history. No React. */

import type { RouteInfo } from '../fragments'
import { Listeners, Observable, type Unsubscribe } from '../observable'
import type { Navigate } from '../protocol'
import { bySpecificity, fillPattern, matchPattern, type Params } from './pattern'

/** The longest pause between two changes of one parameter that make one entry of the history. */
const ONE_ENTRY_MS = 1000
/** A URL with a scheme or host, or one relative to the present page: no path below the base. */
const NOT_BELOW_BASE = /^([a-z][a-z\d+.-]*:|\/\/|[?#]|$)/i

/** An address of the app: `path` is below its base and percent-encoded, `search` begins with `?` or is empty. */
export interface Target {
  path: string
  search: string
  hash: string
  route: RouteInfo
  params: Params
}

/** The way of an entry into the history: a new one, in place of the present one, or already there. */
export type Manner = 'push' | 'replace' | 'pop'

/** The part of `window` that a location uses. */
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
  /** The percent-encoded path below the app's base. */
  readonly path: Observable<string>
  readonly params: Observable<Params>
  readonly #tab: Tab
  readonly #base: string
  readonly #routes: readonly RouteInfo[]
  readonly #listeners = new Listeners()
  #search: URLSearchParams
  #route: RouteInfo | null
  #onTarget: (target: Target, manner: Manner) => void = (target, manner) => this.commit(target, manner)
  /** The parameter that was changed last, and when. */
  #last = { parameter: '', at: Number.NEGATIVE_INFINITY }

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

  /** Return the route of a path below the base, and its parameters. */
  match(path: string): { route: RouteInfo; params: Params } | null {
    for (const route of this.#routes) {
      const params = matchPattern(route.pattern, path, route.caseSensitive)
      if (params) return { route, params }
    }
    return null
  }

  /** Return the path as its pattern writes it: one form for all spellings of an address. */
  canonical(path: string): string {
    const found = this.match(path)
    return (found && fillPattern(found.route.pattern, found.params)) ?? path
  }

  /** Return the page of the app to which a URL leads, or `null`. A path counts from the base. */
  target(url: string): Target | null {
    const there = urlOf(this.href(url), this.#tab.location.href)
    if (there?.origin !== this.#tab.location.origin) return null
    const path = this.#below(there)
    const found = path === null ? null : this.match(path)
    return path !== null && found ? { ...found, path, search: there.search, hash: there.hash } : null
  }

  /** Return the `href` of a link to `url`. A path of the app, with or without a leading slash, counts from the base. */
  href(url: string): string {
    if (NOT_BELOW_BASE.test(url)) return url
    return `${this.#base}${url.startsWith('/') ? '' : '/'}${url}`
  }

  /**
   * Return the address to which an effect leads. One that begins with dots counts from the present page. `..` leaves out a
   * word of the present path, or by `route` the words that the present page adds to the page above it.
   */
  destination({ url, params, suffix, relative }: Navigate): string {
    return this.#resolve((params && fillPattern(url, params)) ?? url, relative) + suffix
  }

  #resolve(url: string, relative: Navigate['relative']): string {
    if (!/^\.\.?(\/|$)/.test(url)) return url
    let pattern = wordsOf(this.#route?.pattern ?? '')
    let path = wordsOf(this.path.get())
    for (const word of wordsOf(url)) {
      if (word === '..' && relative === 'route') {
        pattern = this.#patternAbove(pattern)
        path = path.slice(0, pattern.length)
      } else if (word === '..') path = path.slice(0, -1)
      else if (word !== '.') path = [...path, word]
    }
    return `/${path.join('/')}`
  }

  #patternAbove(pattern: readonly string[]): readonly string[] {
    const above = this.#routes
      .map((route) => wordsOf(route.pattern))
      .filter((words) => words.length < pattern.length && words.every((word, i) => word === pattern[i]))
    return above.reduce((longest, words) => (words.length > longest.length ? words : longest), [])
  }

  /** Go to a page of the app, or to any other address. */
  navigate(url: string, { replace = false }: { replace?: boolean } = {}): void {
    const target = this.target(url)
    if (target) return this.#onTarget(target, replace ? 'replace' : 'push')
    const there = this.href(url)
    if (!urlOf(there, this.#tab.location.href)) throw new Error(`${url} is not an address.`)
    this.#tab.location.assign(there)
  }

  /** Call `onTarget` for each navigation; it commits the target when the page is loaded. */
  onNavigate(onTarget: (target: Target, manner: Manner) => void): void {
    this.#onTarget = onTarget
  }

  /** Make a target the present location. */
  commit(target: Target, manner: Manner, state: unknown = null): void {
    this.#last.parameter = ''
    this.#write(manner, this.#base + target.path + target.search + target.hash, state)
    this.#search = new URLSearchParams(target.search)
    this.#set(target.route, target.path, target.params)
  }

  query(name: string): string | null {
    return this.#search.get(name)
  }

  /** Set a parameter of the query; `null` removes it. */
  setQuery(name: string, value: string | null): void {
    if (this.#search.get(name) === value) return
    if (value === null) this.#search.delete(name)
    else this.#search.set(name, value)
    this.#writeChange(`?${name}`, this.path.get())
    this.#listeners.notify()
  }

  /** Set a parameter of the path. The address stays the same while a required parameter is empty. */
  setParam(name: string, value: string | null): void {
    const params = { ...this.params.get(), [name]: value || null }
    if (params[name] === this.params.get()[name]) return
    const path = this.#route && fillPattern(this.#route.pattern, params)
    if (path !== null) this.#writeChange(`:${name}`, path)
    this.#set(this.#route, path ?? this.path.get(), params)
  }

  /** Call `listener` after every change of the path, its parameters or the query. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }

  #set(route: RouteInfo | null, path: string, params: Params): void {
    this.#route = route
    if (path !== this.path.get()) this.path.set(path)
    if (!isSame(params, this.params.get())) this.params.set(params)
    this.#listeners.notify()
  }

  /** Write a change of one parameter into the history: a word that is typed makes one entry. */
  #writeChange(parameter: string, path: string): void {
    const now = performance.now()
    const continues = this.#last.parameter === parameter && now - this.#last.at < ONE_ENTRY_MS
    this.#last = { parameter, at: now }
    const search = this.#search.toString()
    const manner = continues ? 'replace' : 'push'
    this.#write(manner, this.#base + path + (search && `?${search}`), continues ? this.#tab.history.state : null)
  }

  #write(manner: Manner, url: string, state: unknown): void {
    if (manner === 'push') this.#tab.history.pushState(state, '', url)
    if (manner === 'replace') this.#tab.history.replaceState(state, '', url)
  }

  #onPop(): void {
    const here = this.#tab.location.href
    const target = this.target(here)
    if (target) this.#onTarget(target, 'pop')
    else this.#tab.location.assign(here)
  }

  /** Return the path below the base, or `null` if the URL is outside. */
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
    return null // not a URL
  }
}

function isSame(one: Params, other: Params): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

function wordsOf(path: string): readonly string[] {
  return path.split('/').filter(Boolean)
}
