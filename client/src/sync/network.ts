/** The network: the only module that connects to the server, but for the bytes of uploads. */

import type { Page } from '../fragments'

/** The levels of one page, as the server sends them to a tab that goes there. */
export type PageData = Pick<Page, 'build' | 'path' | 'route' | 'levels'>

/** The server does not know the user any more. */
export class LoggedOut extends Error {
  constructor() {
    super('Nobody is logged in.')
  }
}

export interface ConnectionListener {
  onOpen: () => void
  onData: (data: string) => void
  /** The other side, or the browser, has closed the connection. */
  onClose: () => void
}

/** One websocket connection to the server. */
export class Connection {
  readonly #socket: WebSocket
  /** `null` once this side has closed the connection. */
  #listener: ConnectionListener | null

  constructor(url: string, listener: ConnectionListener) {
    this.#listener = listener
    this.#socket = new WebSocket(url)
    this.#socket.onopen = () => this.#listener?.onOpen()
    this.#socket.onmessage = (event: MessageEvent<string>) => this.#listener?.onData(event.data)
    this.#socket.onclose = () => this.#listener?.onClose()
  }

  get state(): 'connecting' | 'open' | 'closed' {
    switch (this.#socket.readyState) {
      case WebSocket.CONNECTING:
        return 'connecting'
      case WebSocket.OPEN:
        return 'open'
      default:
        return 'closed'
    }
  }

  /** Send a frame, or drop it if the connection is not open. */
  send(frame: string): void {
    if (this.state === 'open') this.#socket.send(frame)
  }

  /** Close without waiting for the closing handshake. The listener is not called any more. */
  close(): void {
    this.#listener = null
    this.#socket.close()
  }
}

/** Return the address of the server's websocket for the app at `base`. */
export function socketUrl(base: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${base}/_dara/ws`
}

/** Fetch the text of a result that the server offers. Throws if there is none, or the connection is lost. */
export async function fetchText(url: string, signal: AbortSignal): Promise<ReadableStream<string>> {
  const response = await fetch(url, { signal, redirect: 'manual' })
  if (!response.ok || !response.body) throw new Error(`The server answered ${response.status}.`)
  return response.body.pipeThrough(new TextDecoderStream())
}

/** Return whether the page at this address would be shown now, and not an error of a server or of a proxy in front of it. */
export function isThere(url: string): Promise<boolean> {
  return fetch(url, { method: 'HEAD' }).then(
    ({ status }) => status < 500,
    () => false,
  )
}

/** Fetch the levels of a page. Throws LoggedOut, another Error if the server refuses, TypeError without a network. */
export async function fetchPage(url: string): Promise<PageData> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual' })
  if (response.status === 401) throw new LoggedOut()
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return (await response.json()) as PageData
}
