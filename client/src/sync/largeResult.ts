/** Large results of calls: fetched by HTTP, and parsed line by line. */

import type { Json } from '../protocol'
import { Slices } from '../slices'
import { Lines } from './lines'
import { fetchText } from './network'

/** Fetch a result. Each line is JSON; of several, the elements together are the result. */
export async function fetchLargeResult(url: string, signal: AbortSignal): Promise<Json> {
  const slices = new Slices()
  const lines = new Lines()
  let count = 0
  const reader = (await fetchText(url, signal)).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    for (const _ of lines.addText(value)) {
      count++
      await slices.pause()
    }
  }
  if (count === 0) throw new Error('The result is empty.')
  return lines.result
}
