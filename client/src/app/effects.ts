/** The effects of actions: instructions that the server sends to the tab. */

import type { Page } from '../fragments'
import { BROWSER } from '../messages'
import type { ClientEffect, Navigate } from '../protocol'
import type { Graph } from '../variables/graph'
import { copy, download, Pieces, save } from './files'
import type { Notices } from './notices'

/** The navigation of the tab, as far as effects need it. */
export interface Navigation {
  navigate(url: string, options?: { replace?: boolean }): void
  /** Return the address to which an effect leads. */
  destination(effect: Navigate): string
  /** Return the `href` of a link to `url`. */
  href(url: string): string
}

export class Effects {
  readonly #page: Pick<Page, 'base' | 'can_log_out'>
  readonly #graph: Graph
  readonly #notices: Notices
  readonly #navigation: Navigation
  readonly #pieces = new Pieces()

  constructor(page: Pick<Page, 'base' | 'can_log_out'>, graph: Graph, notices: Notices, navigation: Navigation) {
    this.#page = page
    this.#graph = graph
    this.#notices = notices
    this.#navigation = navigation
  }

  /** `target`: of the call that has the effect. */
  apply(effect: ClientEffect, target: string | null): void {
    switch (effect.kind) {
      case 'update':
        return this.#graph.update(effect)
      case 'reset':
        if (this.#graph.has(effect.variable)) this.#graph.presses.reset(this.#graph.source(effect))
        return
      case 'trigger':
        return this.#graph.trigger(effect.variable, effect.force)
      case 'notify':
        return this.#notices.notify(effect.message, effect.status, effect.title, effect.key, target)
      case 'navigate':
        return this.#navigate(effect)
      case 'logout':
        if (this.#page.can_log_out) location.assign(`${this.#page.base}/logout`)
        return
      case 'copy':
        void this.copy(effect.text, effect.success, effect.failure)
        return
      case 'download':
        return download(this.#page.base + effect.url, effect.name)
      case 'file':
        return this.#pieces.add(effect)
      case 'save':
        void this.#save(effect).catch((error: Error) => this.#notices.notify(error.message, 'error'))
        return
      default:
        effect satisfies never
    }
  }

  /** Note that the connection is lost, and with it what was still to come. */
  disconnected(): void {
    this.#pieces.clear()
  }

  /** Copy `text` to the clipboard, and notify the user of the outcome. */
  async copy(text: string, success: string | null, failure: string | null): Promise<void> {
    const isCopied = await copy(text)
    if (isCopied && success !== null) this.#notices.notify(success, 'success')
    if (!isCopied) this.#notices.notify(failure ?? BROWSER.notCopied, 'error')
  }

  #navigate(effect: Navigate): void {
    const address = this.#navigation.destination(effect)
    if (effect.new_tab) window.open(this.#navigation.href(address), '_blank', 'noopener')
    else this.#navigation.navigate(address, { replace: effect.replace })
  }

  async #save({ name, type, value, ...ref }: Extract<ClientEffect, { kind: 'save' }>): Promise<void> {
    if (value) await save(value[0], name, type)
    else if (this.#graph.has(ref.variable)) await save(this.#graph.source(ref).get(), name, type)
    else this.#notices.notify(BROWSER.nothingToDownload, 'error')
  }
}
