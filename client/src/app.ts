/** One page in one tab: its replicas, variables, socket and what the user is told. No React. */

import { Graph } from './graph'
import type { Action, Effect, Input, Json, NoticeStatus, Page } from './protocol'
import { Replica } from './replica'
import { type Link, Socket } from './socket'

const RELOADED = 'dara-reloaded-for'

/** What the connection indicator shows. */
export interface Status {
  link: Link
  /** Edits wait to be acknowledged. */
  hasUnsent: boolean
  /** Why the server could not store an edit yet. */
  trouble: string | null
  /** The server runs a newer build of the app than this page. */
  isOutdated: boolean
}

export interface Notice {
  id: number
  message: string
  title: string | null
  status: NoticeStatus
}

/** A value with listeners. */
export class Observable<T> {
  readonly #listeners = new Set<() => void>()
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  set(value: T): void {
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export class App {
  readonly page: Page
  readonly graph: Graph
  readonly status = new Observable<Status>({ link: 'connecting', hasUnsent: false, trouble: null, isOutdated: false })
  readonly notices = new Observable<readonly Notice[]>([])
  readonly #replicas: ReadonlyMap<string, Replica>
  readonly #socket: Socket
  #noticeIds = 0
  #serverBuild = ''

  constructor(page: Page) {
    this.page = page
    this.#replicas = new Map(Object.keys(page.stores).map((store) => [store, this.#replicaOf(store)]))
    this.graph = new Graph(page.variables, this.#replicas)
    this.#socket = new Socket({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${page.base}/_dara/ws`,
      build: page.build,
      page: page.route,
      replicas: this.#replicas,
      onLink: (link) => this.#setStatus({ link }),
      onOtherBuild: (build) => this.#onOtherBuild(build),
      onEffect: (effect) => this.#onEffect(effect),
    })
  }

  start(): void {
    window.addEventListener('beforeunload', (event) => {
      if (this.#hasUnsent()) event.preventDefault()
    })
    this.#socket.start()
  }

  /** Run what a component does when it is used, in order; `input` is the component's value. */
  async run(actions: readonly Action[], input: Json): Promise<void> {
    try {
      for (const action of actions) await this.#runOne(action, input)
    } catch (error) {
      this.notify((error as Error).message, 'error')
    }
  }

  /** Show a notice, unless it is on show already. */
  notify(message: string, status: NoticeStatus, title: string | null = null): void {
    const shown = this.notices.get()
    if (shown.some((each) => each.message === message && each.title === title && each.status === status)) return
    this.notices.set([...shown, { id: ++this.#noticeIds, message, title, status }])
  }

  dismiss(id: number): void {
    this.notices.set(this.notices.get().filter((notice) => notice.id !== id))
  }

  #replicaOf(store: string): Replica {
    const { epoch, version, value, readonly } = this.page.stores[store] as Page['stores'][string]
    const owner = Object.values(this.page.variables).find((variable) => variable.store === store)
    return new Replica({
      store,
      fallback: owner?.default ?? null,
      initial: { epoch, version, value, readonly },
      onLost: (message) => this.notify(message, 'error', 'Not saved'),
      onProgress: () => this.#onProgress(),
    })
  }

  async #runOne(action: Action, input: Json): Promise<void> {
    switch (action.kind) {
      case 'update':
        return this.graph.source(action.target).set(action.value)
      case 'sync':
        return this.graph.source(action.target).set(input)
      case 'reset':
        return this.graph.source(action.target).reset()
      case 'toggle': {
        const source = this.graph.source(action.target)
        return source.set(!source.get())
      }
      case 'call': {
        await this.#socket.call(action.target, [{ value: input }, ...action.inputs.map((each) => this.#inputOf(each))])
        return
      }
      default:
        action satisfies never
    }
  }

  #inputOf(input: Extract<Action, { kind: 'call' }>['inputs'][number]): Input {
    if ('value' in input) return input
    const store = this.graph.storeOf(input.variable)
    const replica = store && this.#replicas.get(store)
    if (replica) return { store: replica.store, path: input.path, version: replica.version }
    return { value: this.graph.source(input).get() }
  }

  #onEffect(effect: Effect): void {
    switch (effect.kind) {
      case 'update':
        return this.graph.source(effect).set(effect.value)
      case 'reset':
        return this.graph.source(effect).reset()
      case 'notify':
        return this.notify(effect.message, effect.status, effect.title)
      case 'navigate':
        if (effect.new_tab) window.open(effect.url, '_blank', 'noopener')
        else location.assign(effect.url)
        return
      default:
        effect satisfies never
    }
  }

  #onProgress(): void {
    const hasUnsent = this.#hasUnsent()
    const trouble = [...this.#replicas.values()].find((replica) => replica.trouble)?.trouble ?? null
    const { hasUnsent: had, trouble: before, isOutdated } = this.status.get()
    if (hasUnsent !== had || trouble !== before) this.#setStatus({ hasUnsent, trouble })
    if (isOutdated && !hasUnsent) this.#reload()
  }

  /** Reload when nothing can be lost; until then the page says that there is a newer version. */
  #onOtherBuild(build: string): void {
    this.#serverBuild = build
    if (this.#hasUnsent()) this.#setStatus({ isOutdated: true })
    else this.#reload()
  }

  /** Load the page anew, but only once for a build: a cache that has the old page would make it a loop. */
  #reload(): void {
    if (sessionStorage.getItem(RELOADED) === this.#serverBuild) return this.#setStatus({ isOutdated: true })
    sessionStorage.setItem(RELOADED, this.#serverBuild)
    location.reload()
  }

  #hasUnsent(): boolean {
    return [...this.#replicas.values()].some((replica) => replica.hasUnsent)
  }

  #setStatus(change: Partial<Status>): void {
    this.status.set({ ...this.status.get(), ...change })
  }
}
