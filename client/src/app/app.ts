/** The app in one tab: its variables, replicas, calls and socket, and what the user is told. No React. */

import { BROWSER, EDIT } from '../messages'
import { Observable } from '../observable'
import type { Action, ClientEffect, Fragment, Input, Json, Node, NoticeStatus, Operand, Page, User } from '../protocol'
import { CallFailed, Calls } from '../sync/calls'
import { socketUrl } from '../sync/network'
import { Presence } from '../sync/presence'
import type { Replica } from '../sync/replica'
import { Replicas } from '../sync/replicas'
import { type Link, Socket } from '../sync/socket'
import { adoptGuests, storagePrefix } from '../sync/storage'
import { truthy } from '../variables/computed'
import { Graph } from '../variables/graph'
import type { Address } from '../variables/local'
import { type PyComponentRun, PyComponents } from '../variables/pyComponents'
import { copy, csvOf, download } from './files'
import { Focus } from './focus'

const DOWNLOAD_MS = 60_000
/** Before the page of a newer build is loaded, what this one still shows is brought back to a server that forgot it. */
const BRING_BACK_MS = 5000
const RELOADED = 'dara-reloaded-for'

/** What the connection indicator shows. */
export interface Status {
  link: Link
  /** Edits wait to be acknowledged. */
  hasUnsent: boolean
  /** Why the server could not store an edit yet. */
  trouble: string | null
  /** Why something on show may be out of date. */
  stale: string | null
  /** The server runs a newer build of the app than this page. */
  isOutdated: boolean
  /** Unsent edits are kept here until their user has logged in again. */
  login: LoginNeeded | null
}

export interface LoginNeeded {
  /** Who is logged in instead; `null`: nobody. */
  other: string | null
  /** Where to log in, if this app has such a page. */
  href: string | null
  /** What the user has written that is not saved. */
  unsent: string
}

export interface Notice {
  id: number
  message: string
  title: string | null
  status: NoticeStatus
  /** A notice takes the place of one with the same key. */
  key: string | null
  /** What the user wrote and may want to copy. */
  text: string | null
}

/** Where the tab is, and how it goes elsewhere. */
export interface Navigation extends Address {
  navigate(url: string): void
  /** What a link to `url` has as its `href`. */
  href(url: string): string
}

export class App {
  readonly page: Page
  readonly user: Observable<User | null>
  readonly calls: Calls
  readonly replicas: Replicas
  readonly graph: Graph
  readonly presence = new Presence()
  readonly focus = new Focus()
  readonly status = new Observable<Status>({
    link: 'connecting',
    hasUnsent: false,
    trouble: null,
    stale: null,
    isOutdated: false,
    login: null,
  })
  readonly notices = new Observable<readonly Notice[]>([])
  readonly #place: Navigation
  readonly #socket: Socket
  readonly #parts = new PyComponents(this)
  #fragments = new Map<string, Fragment>()
  #noticeIds = 0
  #serverBuild = ''
  #isReloading = false

  constructor(page: Page, place: Navigation) {
    this.page = page
    this.user = new Observable(page.user)
    this.#place = place
    this.replicas = new Replicas({
      onNotSaved: (message, text) => this.#notifyLost(message, text),
      onForgotten: (message, text) => this.#notifyLost(message, text, EDIT.lost),
      onUnreadable: (message) => this.notify(message, 'warning'),
      onProgress: () => this.#onProgress(),
    })
    this.calls = new Calls(
      () => this.#socket,
      (slot) => this.replicas.isLive(slot),
    )
    this.#adoptGuests()
    this.graph = new Graph({
      replicas: this.replicas,
      calls: this.calls,
      address: place,
      storagePrefix: storagePrefix(page),
      storage: () => localStorage,
      notify: (message, status) => this.notify(message, status),
    })
    this.#socket = new Socket({
      url: socketUrl(page.base),
      build: page.build,
      page: page.path,
      replicas: this.replicas,
      presence: this.presence,
      onLink: (link) => this.#onLink(link),
      onOtherBuild: (build) => this.#onOtherBuild(build),
      onEffect: (effect) => this.#onEffect(effect),
      onUser: (user) => this.#onUser(user),
      onLoggedOut: () => this.#logIn(),
    })
    for (const [id, level] of Object.entries(page.levels)) this.addFragment(id, level)
  }

  #adoptGuests(): void {
    try {
      adoptGuests(localStorage, this.page)
    } catch {
      // the browser keeps nothing for us, or has no room: the values begin anew
    }
  }

  start(): void {
    window.addEventListener('beforeunload', (event) => {
      if (this.replicas.hasUnsent) event.preventDefault()
    })
    window.addEventListener('pagehide', () => this.presence.leave())
    window.addEventListener('pageshow', (event) => event.persisted && this.presence.back())
    window.addEventListener('storage', ({ key }) => this.graph.heard(key))
    this.#socket.start()
  }

  /** A fragment is on show: a level of the page, or what the py_component at `slot` was drawn as. */
  addFragment(id: string, fragment: Fragment, slot: string | null = null): void {
    const name = JSON.stringify([slot !== null, id])
    if (this.#fragments.get(name) === fragment) return
    this.#fragments.set(name, fragment)
    this.graph.define(fragment.variables, slot)
    this.replicas.show(name, fragment, slot)
    this.calls.notify()
  }

  removeFragment(id: string, slot: string | null = null): void {
    const name = JSON.stringify([slot !== null, id])
    if (this.#fragments.delete(name)) this.replicas.hide(name)
  }

  /** The py_component at `slot`. */
  part(slot: string, preload: (nodes: readonly Node[]) => Promise<void>): PyComponentRun {
    return this.#parts.part(slot, preload)
  }

  release(slot: string): void {
    this.#socket.release(slot)
  }

  /**
   * Run what a component does when it is used, in order; `input` is the component's value, `of` the slot whose
   * fragment it belongs to.
   */
  async run(actions: readonly Action[], input: Json, of: string | null = null): Promise<void> {
    try {
      for (const action of actions) await this.#runOne(action, input, of)
    } catch (error) {
      if (!(error instanceof CallFailed && error.code === 'cancelled')) this.notify((error as Error).message, 'error')
    }
  }

  /** Show a notice, unless it is on show already. */
  notify(message: string, status: NoticeStatus, title: string | null = null, key: string | null = null): void {
    this.#show({ message, status, title, key, text: null })
  }

  /** Copy `text`, and say whether that was possible. */
  copyText(text: string): void {
    void this.#copy({ kind: 'copy', text, success: BROWSER.copied, failure: null })
  }

  /** The user can copy what they wrote; of what is lost in one place after the other there is one notice. */
  #notifyLost(message: string, text = '', title = EDIT.notSaved): void {
    const shown = this.notices.get().find((each) => each.message === message && each.text !== null)
    const texts = [shown?.text, text].filter(Boolean).join('\n')
    if (shown) this.dismiss(shown.id)
    this.#show({ message, status: 'error', title, key: null, text: texts || null })
  }

  #show({ key, message, title, status, text }: Omit<Notice, 'id'>): void {
    const shown = this.notices.get().filter((each) => key === null || each.key !== key)
    const isSame = (each: Notice) =>
      each.message === message && each.title === title && each.status === status && each.text === text
    if (shown.some(isSame)) return
    this.notices.set([...shown, { id: ++this.#noticeIds, message, title, status, key, text }])
  }

  dismiss(id: number): void {
    this.notices.set(this.notices.get().filter((notice) => notice.id !== id))
  }

  async #runOne(action: Action, input: Json, of: string | null): Promise<void> {
    switch (action.kind) {
      case 'update':
        return this.graph.source(action.target).set(action.value)
      case 'sync':
        return this.graph.source(action.target).set(input)
      case 'reset':
        return this.graph.source(action.target).reset()
      case 'undo':
        this.graph.source(action.target).undo()
        return
      case 'redo':
        this.graph.source(action.target).redo()
        return
      case 'toggle': {
        const source = this.graph.source(action.target)
        return source.set(!truthy(source.get()))
      }
      case 'trigger':
        return this.graph.trigger(action.target.variable)
      case 'call': {
        const inputs = () => [{ value: input }, ...action.inputs.map((each) => this.#inputOf(each))]
        await this.calls.startWhenPossible({ target: action.target, of }, this.#replicasIn(action.inputs), inputs)
        return
      }
      default:
        action satisfies never
    }
  }

  #inputOf(operand: Operand): Input {
    return 'variable' in operand ? this.graph.input(operand) : operand
  }

  #replicasIn(operands: Operand[]): Replica[] {
    return operands.flatMap((operand) => ('variable' in operand ? this.graph.replicas(operand) : []))
  }

  #onEffect(effect: ClientEffect): void {
    switch (effect.kind) {
      case 'update':
        return this.graph.update(effect)
      case 'reset':
        if (this.graph.has(effect.variable)) this.graph.source(effect).reset()
        return
      case 'trigger':
        return this.graph.trigger(effect.variable)
      case 'notify':
        return this.notify(effect.message, effect.status, effect.title, effect.key)
      case 'navigate':
        if (effect.new_tab) window.open(this.#place.href(effect.url), '_blank', 'noopener')
        else this.#place.navigate(effect.url)
        return
      case 'logout':
        if (this.page.can_log_out) location.assign(`${this.page.base}/logout`)
        return
      case 'copy':
        void this.#copy(effect)
        return
      case 'download':
        return download(this.page.base + effect.url, effect.name)
      case 'save':
        return this.#save(effect)
      default:
        effect satisfies never
    }
  }

  #save({ name, type, value: given, ...ref }: Extract<ClientEffect, { kind: 'save' }>): void {
    if (!given && !this.graph.has(ref.variable)) return this.notify(BROWSER.nothingToDownload, 'error')
    const value = given ? given[0] : this.graph.source(ref).get()
    const text = type === 'json' ? JSON.stringify(value, null, 2) : csvOf(value)
    const url = URL.createObjectURL(new Blob([text], { type: type === 'json' ? 'application/json' : 'text/csv' }))
    download(url, name)
    setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS)
  }

  async #copy({ text, success, failure }: Extract<ClientEffect, { kind: 'copy' }>): Promise<void> {
    const isCopied = await copy(text)
    if (isCopied && success !== null) this.notify(success, 'success')
    if (!isCopied) this.notify(failure ?? BROWSER.notCopied, 'error')
  }

  #onLink(link: Link): void {
    const { link: before } = this.status.get()
    this.#setStatus({ link })
    if (link === 'live' && before === 'reconnecting') this.#parts.reconnected()
    this.calls.notify()
  }

  /**
   * Whether the page goes on for that user. Where somebody else has logged in, in another tab, what is here is not
   * theirs, and what is unsent is not sent as theirs. A guest may get another name.
   */
  #onUser(user: User): boolean {
    const { base, user: before, is_guest: isGuest, can_log_out: hasLogins } = this.page
    if (isGuest || !before || before.id === user.id) {
      this.user.set(user)
      if (this.status.get().login) this.#setStatus({ login: null })
      return true
    }
    if (!this.#keepForLogin(user.name, hasLogins ? `${base}/logout` : null))
      this.#reloadFor(`${this.page.build} ${user.id}`)
    return false
  }

  #logIn(): void {
    if (!this.keepForLogin()) location.assign(this.#loginAddress)
  }

  /** Nobody is logged in any more. Whether the page has to stay because there are unsent edits; it says so then. */
  keepForLogin(): boolean {
    return this.#keepForLogin(null, this.#loginAddress)
  }

  #keepForLogin(other: string | null, href: string | null): boolean {
    const { hasUnsent, unsent } = this.replicas
    if (hasUnsent) this.#setStatus({ login: { other, href, unsent } })
    return hasUnsent
  }

  get #loginAddress(): string {
    const { base, login } = this.page
    const next = location.pathname + location.search + location.hash
    return `${base}${login}?next=${encodeURIComponent(next)}`
  }

  #onProgress(): void {
    const { hasUnsent, trouble, stale } = this.replicas
    const { hasUnsent: had, trouble: before, stale: was, isOutdated } = this.status.get()
    if (hasUnsent !== had || trouble !== before || stale !== was) this.#setStatus({ hasUnsent, trouble, stale })
    if ((isOutdated || this.#isReloading) && !hasUnsent && !this.replicas.isAtRisk) this.#reloadFor(this.#serverBuild)
    if (!hasUnsent) this.#parts.settled()
    this.presence.update()
    this.calls.notify()
  }

  /** Reload when nothing can be lost; until then the page says that there is a newer version. */
  #onOtherBuild(build: string): void {
    this.#serverBuild = build
    if (this.replicas.hasUnsent) return this.#setStatus({ isOutdated: true })
    if (!this.replicas.isAtRisk) return this.#reloadFor(build)
    this.#isReloading = true
    setTimeout(() => {
      if (!this.replicas.hasUnsent) this.#reloadFor(build)
    }, BRING_BACK_MS)
  }

  /** Load the page anew, but only once for a build: a cache that has the old page would make it a loop. */
  #reloadFor(build: string): void {
    this.#isReloading = false
    if (sessionStorage.getItem(RELOADED) === build) return this.#setStatus({ isOutdated: true })
    sessionStorage.setItem(RELOADED, build)
    location.reload()
  }

  #setStatus(change: Partial<Status>): void {
    this.status.set({ ...this.status.get(), ...change })
  }
}
