/** The app in one tab: its variables, replicas, calls, socket, notices and status. No React. */

import type { Action, Fragment, Node, Page } from '../fragments'
import { ACTION, BROWSER, EDIT } from '../messages'
import type { Observable } from '../observable'
import type { Json, NoticeStatus, User } from '../protocol'
import { CallFailed, Calls } from '../sync/calls'
import { fetchLargeResult } from '../sync/largeResult'
import { socketUrl } from '../sync/network'
import { Presence } from '../sync/presence'
import { Replicas } from '../sync/replicas'
import { type Link, Socket } from '../sync/socket'
import { adoptGuests, storagePrefix } from '../sync/storage'
import { Graph } from '../variables/graph'
import type { Address } from '../variables/local'
import type { PressedTexts } from '../variables/presses'
import { type PyComponentRun, PyComponents } from '../variables/pyComponents'
import { runAction } from './actions'
import { Effects, type Navigation } from './effects'
import { Focus } from './focus'
import { Login } from './login'
import { Notices } from './notices'
import { Pointer } from './pointer'
import { AppStatus } from './status'
import { Version } from './version'

export class App {
  readonly page: Page
  readonly calls: Calls
  readonly replicas: Replicas
  readonly graph: Graph
  readonly presence = new Presence()
  readonly focus = new Focus()
  readonly status = new AppStatus()
  readonly pointer = new Pointer()
  readonly notices = new Notices()
  /** The places of the drafts of forms that are changed, and not saved; the fields with a date that is not stored. */
  readonly drafts = new Set<unknown>()
  readonly #socket: Socket
  readonly #effects: Effects
  readonly #login: Login
  readonly #version: Version
  readonly #pyComponents = new PyComponents(this)
  readonly #fragments = new Map<string, Fragment>()

  constructor(page: Page, location: Address & Navigation) {
    this.page = page
    this.replicas = new Replicas({
      onNotSaved: (message, text) => this.notices.notifyNotSaved(message, text),
      onForgotten: (message, text) => this.notices.notifyNotSaved(message, text, EDIT.lost),
      onUnreadable: (reason) => this.notify(reason, 'warning'),
      onProgress: () => this.#onProgress(),
    })
    this.#version = new Version(this, this.status)
    this.#login = new Login(page, this, this.status, (reason) => this.#version.reloadFor(reason))
    this.calls = new Calls(
      () => this.#socket,
      (slot) => this.replicas.isLive(slot),
    )
    this.#adoptGuests()
    this.graph = new Graph({
      replicas: this.replicas,
      calls: this.calls,
      address: location,
      storagePrefix: storagePrefix(page),
      storage: () => localStorage,
      notify: (message, status) => this.notify(message, status),
    })
    this.#effects = new Effects(page, this.graph, this.notices, location)
    this.#socket = new Socket({
      url: socketUrl(page.base),
      build: page.build,
      page: page.path,
      replicas: this.replicas,
      presence: this.presence,
      load: (address, signal) => fetchLargeResult(page.base + address, signal),
      onLink: (link) => this.#onLink(link),
      onOtherBuild: (build) => this.#version.onOtherBuild(build),
      onEffect: (effect, target) => this.#effects.apply(effect, target),
      onUser: (user) => this.#login.accepts(user),
      onBroken: (broken) => this.status.change({ broken }),
      onLoggedOut: () => this.#login.ended(),
    })
    for (const [id, level] of Object.entries(page.levels)) this.addFragment(id, level)
  }

  get user(): Observable<User | null> {
    return this.#login.user
  }

  /** True if the page has what the server does not know: edits on their way, or a draft. */
  get hasUnsent(): boolean {
    return this.replicas.hasUnsent || this.drafts.size > 0
  }

  start(): void {
    window.addEventListener('beforeunload', (event) => {
      if (this.hasUnsent) event.preventDefault()
    })
    window.addEventListener('pagehide', () => this.presence.leave())
    window.addEventListener('pageshow', (event) => event.persisted && this.presence.back())
    window.addEventListener('storage', ({ key }) => this.graph.storageChanged(key))
    this.pointer.start()
    this.#version.start()
    this.#socket.start()
  }

  /** Add a fragment that is on show: a level of the page, or the result of the py_component in `slot`. */
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

  /** Create the py_component of a slot. */
  part(slot: string, preload: (nodes: readonly Node[]) => Promise<void>): PyComponentRun {
    return this.#pyComponents.create(slot, preload)
  }

  /** Tell the server that a slot is removed. */
  release(slot: string): void {
    this.#socket.release(slot)
  }

  /**
   * Run the actions of a component, one after the other. `input` is the value of the component, and `of` the slot whose
   * fragment the component belongs to. A failure ends the run with a notice, which the next run that succeeds removes.
   */
  async run(
    actions: readonly Action[],
    input: Json,
    of: string | null = null,
    onRefused?: (reasons: string) => void,
    pressed?: PressedTexts,
  ): Promise<void> {
    try {
      for (const action of actions) await runAction(action, pressed?.input(input) ?? input, of, this, pressed)
      if (this.notices.get().length > 0) this.notices.withdraw(keyOf(actions))
    } catch (error) {
      const code = error instanceof CallFailed ? error.code : null
      if (code === 'cancelled') return
      if (code === 'invalid' && onRefused) return onRefused((error as Error).message)
      const { message } = error as Error
      this.notices.notifyFailed(error as Error, message === ACTION.disconnected ? UNCONNECTED : keyOf(actions))
    }
  }

  /** Show a notice, unless an equal one is on show. */
  notify(message: string, status: NoticeStatus, title: string | null = null): void {
    this.notices.notify(message, status, title)
  }

  dismiss(id: number): void {
    this.notices.dismiss(id)
  }

  /** Copy `text` to the clipboard, and notify the user of the outcome. */
  copyText(text: string): void {
    void this.#effects.copy(text, BROWSER.copied, null)
  }

  /** Return whether the page has to stay although nobody is logged in, because edits are unsent. */
  keepForLogin(): boolean {
    return this.#login.keepEdits()
  }

  #adoptGuests(): void {
    try {
      adoptGuests(localStorage, this.page)
    } catch {
      // The storage is full or forbidden: its values start from their defaults.
    }
  }

  #onLink(link: Link): void {
    const { link: before } = this.status.get()
    this.status.change(link === 'live' ? { link, broken: null } : { link })
    if (link === 'reconnecting') this.#effects.disconnected()
    if (link === 'live' && this.notices.withdraw(UNCONNECTED)) this.notify(ACTION.reconnected, 'warning')
    if (link === 'live' && before === 'reconnecting') {
      this.#pyComponents.reconnected()
      this.graph.retryAll()
    }
    this.calls.notify()
  }

  #onProgress(): void {
    const { hasUnsent, trouble, stale } = this.replicas
    this.status.change({ hasUnsent, trouble, stale })
    this.#version.onProgress()
    if (!hasUnsent) this.#pyComponents.releaseSaved()
    this.presence.update()
    this.calls.notify()
  }
}

/** The key of the notice that there is no connection, which goes when there is one. */
const UNCONNECTED = 'unconnected'

/** Return the key of the notice that actions have failed. */
function keyOf(actions: readonly Action[]): string {
  return `failed ${JSON.stringify(actions)}`
}
