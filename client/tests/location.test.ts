/** The location of a tab: patterns as the server matches them, and the browser's history. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { RouteInfo } from '../src/fragments'
import { Location, type Tab } from '../src/pages/location'
import { fillPattern, matchPattern, type Params } from '../src/pages/pattern'

interface Case {
  patterns: string[]
  path: string
  route: string | null
  params: Params | null
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('../../tests/golden/routes.json', import.meta.url), 'utf8'))

/** A tab's address and history, as a browser keeps them. */
class TestHistory implements Tab {
  readonly entries: { url: string; state: unknown }[]
  readonly left: string[] = []
  #at = 0
  #onPop = () => {}

  constructor(url: string) {
    this.entries = [{ url, state: null }]
  }

  readonly location = {
    origin: 'http://app',
    assign: (url: string) => void this.left.push(url),
    get href(): string {
      return ''
    },
  }

  readonly history = {
    state: null as unknown,
    pushState: (state: unknown, _: string, url: string) => {
      this.entries.splice(++this.#at, this.entries.length, { url: `http://app${url}`, state })
      this.#show()
    },
    replaceState: (state: unknown, _: string, url: string) => {
      this.entries[this.#at] = { url: `http://app${url}`, state }
      this.#show()
    },
  }

  addEventListener(_: 'popstate', listener: () => void): void {
    this.#onPop = listener
  }

  back(): void {
    this.#at--
    this.#show()
    this.#onPop()
  }

  /** The addresses of all entries, from the first to the one on show. */
  get trail(): string[] {
    return this.entries.slice(0, this.#at + 1).map(({ url }) => url.replace('http://app', ''))
  }

  #show(): void {
    const { url, state } = this.entries[this.#at] as { url: string; state: unknown }
    Object.defineProperty(this.location, 'href', { value: url, configurable: true })
    this.history.state = state
  }

  static at(url: string): TestHistory {
    const history = new TestHistory(`http://app${url}`)
    history.#show()
    return history
  }
}

function routes(...patterns: string[]): RouteInfo[] {
  return patterns.map((pattern) => ({
    id: pattern,
    pattern,
    name: pattern,
    icon: null,
    chain: [pattern],
    inMenu: true,
    isFramed: true,
    width: '60rem',
    caseSensitive: false,
  }))
}

const ROUTES = routes('/', '/notes/:id', '/posts/:post/:comment?', '/files/*', '/about')

describe('the route of a path', () => {
  test.each(CASES)('$path among $patterns', ({ patterns, path, route, params }) => {
    const found = new Location(routes(...patterns), '', TestHistory.at('/')).match(path)
    expect(found?.route.id ?? null).toBe(route)
    expect(found?.params ?? null).toEqual(params)
  })

  test('a path filled with parameters matches with the same parameters', () => {
    for (const { patterns, route, params } of CASES) {
      const path = route && params && fillPattern(route, params)
      if (path) expect(new Location(routes(...patterns), '', TestHistory.at('/')).match(path)?.params).toEqual(params)
    }
  })
})

describe('any text as a parameter', () => {
  const there = (path: string) => new URL(path, 'http://app').pathname
  // The unit 'binary' of fast-check means the same, and takes more than a second to list them all.
  const codePoint = fc.oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  const unit = codePoint.map((code) => String.fromCodePoint(code))

  test('comes back as it was, through an address as browsers write it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, minLength: 1 }), fc.stringMatching(/^[~./%?#+ ]+$/)), (text) => {
        const path = fillPattern('/n/:id/end', { id: text }) as string
        expect(matchPattern('/n/:id/end', there(path))).toEqual({ id: text })
      }),
    )
  })

  test.each(['.', '..', '~', '~.', '~..', '~~.', '%2e', '%2F', '/', '\\', '\0', '\r\n', '?#&=+', ' ', '\u{1F469}'])(
    '%j',
    (text) => {
      expect(matchPattern('/:id', there(fillPattern('/:id', { id: text }) as string))).toEqual({ id: text })
    },
  )

  test('two dots do not lead to another page', () => {
    expect(there(fillPattern('/notes/:id/end', { id: '..' }) as string)).not.toBe('/end')
  })

  test('half a character is in no address', () => {
    expect(fillPattern('/:id', { id: 'a\ud800' })).toBeNull()
    expect(fillPattern('/*', { splat: '\udfff' })).toBeNull()
  })
})

describe('a location', () => {
  let history: TestHistory
  let location: Location

  beforeEach(() => {
    vi.useFakeTimers()
    history = TestHistory.at('/office/notes/1?sort=up')
    location = new Location(ROUTES, '/office', history)
    return () => vi.useRealTimers()
  })

  test('begins at the address of the tab', () => {
    expect(location.path.get()).toBe('/notes/1')
    expect(location.params.get()).toEqual({ id: '1' })
    expect(location.query('sort')).toBe('up')
    expect(location.query('other')).toBeNull()
  })

  test('goes to pages of the app, and leaves for others', () => {
    location.navigate('/about?a=1')
    expect(location.path.get()).toBe('/about')
    expect(location.query('a')).toBe('1')
    location.navigate('https://elsewhere.example/about')
    location.navigate('/no/such/page')
    expect(history.left).toEqual(['https://elsewhere.example/about', '/office/no/such/page'])
    expect(history.trail).toEqual(['/office/notes/1?sort=up', '/office/about?a=1'])
  })

  test('resolves links', () => {
    expect(location.href('/about')).toBe('/office/about')
    expect(location.href('about?a=1')).toBe('/office/about?a=1')
    for (const url of [
      'https://elsewhere.example/',
      '//elsewhere.example',
      'mailto:ann@example.org',
      '#end',
      '?a=1',
      '',
    ]) {
      expect(location.href(url)).toBe(url)
    }
    expect(location.target('?sort=down')).toMatchObject({ path: '/notes/1', search: '?sort=down' })
    expect(location.target('http://app/elsewhere/about')).toBeNull()
  })

  test('follows the back button', () => {
    location.navigate('/notes/2')
    const seen: unknown[] = []
    location.subscribe(() => seen.push(location.params.get().id, location.query('sort')))
    history.back()
    expect(seen).toEqual(['1', 'up'])
  })

  test('can be asked to wait until a page is there', () => {
    let arrive = () => {}
    location.onNavigate((target, manner) => {
      arrive = () => location.commit(target, manner)
    })
    location.navigate('/about')
    expect(location.path.get()).toBe('/notes/1')
    arrive()
    expect(location.path.get()).toBe('/about')
  })

  test('typing into a parameter is one step of the history', () => {
    for (const id of ['1a', '1ab', '1ab/c']) location.setParam('id', id)
    expect(location.params.get()).toEqual({ id: '1ab/c' })
    expect(history.trail).toEqual(['/office/notes/1?sort=up', '/office/notes/1ab%2Fc?sort=up'])
    vi.advanceTimersByTime(1500)
    location.setParam('id', 'later')
    location.setQuery('sort', 'down')
    expect(history.trail.slice(2)).toEqual(['/office/notes/later?sort=up', '/office/notes/later?sort=down'])
  })

  test('keeps its address while a parameter that it needs is empty', () => {
    location.setParam('id', '')
    expect(location.params.get()).toEqual({ id: null })
    expect(history.trail).toEqual(['/office/notes/1?sort=up'])
    location.setParam('id', '2')
    expect(history.trail.at(-1)).toBe('/office/notes/2?sort=up')
  })

  test('removes a parameter that is set to null', () => {
    location.setQuery('sort', null)
    expect(history.trail.at(-1)).toBe('/office/notes/1')
    location.navigate('/posts/1/2')
    location.setParam('comment', null)
    expect(history.trail.at(-1)).toBe('/office/posts/1')
  })

  test('notifies of changes only', () => {
    const told = vi.fn()
    location.subscribe(told)
    location.setQuery('sort', 'up')
    location.setParam('id', '1')
    expect(told).not.toHaveBeenCalled()
  })
})
