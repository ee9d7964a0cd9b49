/** The requests of an upload's bytes; see docs/protocol.md. */

import { UPLOAD } from '../../messages/upload'

const SILENT_MS = 30_000
const OFFSET = 'Upload-Offset'

/** A request that did not succeed. */
export class RequestFailed extends Error {
  /** The status of the response; 0 if there is none. */
  readonly status: number
  /** The bytes that the server has, if it says so. */
  readonly offset: number | null
  /** True if the message is the server's own, and not that of a proxy. */
  readonly isExplained: boolean

  constructor(status: number, reason: string | null = null, offset: number | null = null) {
    super(reason ?? UPLOAD.refused(status))
    this.status = status
    this.offset = offset
    this.isExplained = reason !== null
  }

  /** True if the same request may succeed later. */
  get isTemporary(): boolean {
    return (
      this.status === 0 || this.status === 408 || this.status === 429 || (this.status >= 500 && this.status !== 507)
    )
  }
}

/**
 * Send a chunk; return the offset of the next one. The request ends if nothing moves for a while.
 *
 * @param onSent called with the number of bytes of the chunk that have left.
 */
export function sendChunk(
  url: string,
  offset: number,
  chunk: Blob,
  signal: AbortSignal,
  onSent: (sent: number) => void,
): Promise<number> {
  const request = new XMLHttpRequest() // fetch does not tell how much has left
  return new Promise((resolve, reject) => {
    const abort = () => request.abort()
    let timer = setTimeout(abort, SILENT_MS)
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer)
      timer = setTimeout(abort, SILENT_MS)
      onSent(loaded)
    }
    request.onloadend = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      const { status } = request
      const next = status === 0 ? null : numberOf(request.getResponseHeader(OFFSET))
      if (status === 204 && next !== null) resolve(next)
      else reject(new RequestFailed(status, reasonOf(request.responseText), next))
    }
    request.open('PATCH', url)
    request.setRequestHeader(OFFSET, String(offset))
    request.setRequestHeader('Content-Type', 'application/offset+octet-stream')
    signal.addEventListener('abort', abort)
    request.send(chunk)
  })
}

/** Return how many bytes of an upload the server has. */
export async function fetchOffset(url: string, signal: AbortSignal): Promise<number> {
  const timeout = AbortSignal.timeout(SILENT_MS)
  const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.any([signal, timeout]) }).catch(() => null)
  const offset = numberOf(response?.headers.get(OFFSET) ?? null)
  if (!response?.ok || offset === null) throw new RequestFailed(response?.status ?? 0)
  return offset
}

/** Tell the server that an upload is over, also while the page closes. */
export function removeUpload(url: string): void {
  fetch(url, { method: 'DELETE', keepalive: true }).catch(() => {}) // the server removes it some time later by itself
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}

function reasonOf(text: string): string | null {
  try {
    const { detail } = JSON.parse(text)
    return typeof detail === 'string' ? detail : null
  } catch {
    return null
  }
}
