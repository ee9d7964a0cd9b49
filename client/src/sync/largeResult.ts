/** Large results of calls: fetched by HTTP, and parsed line by line. */

import type { Json } from '../protocol'
import { Slices } from '../slices'
import { fetchText } from './network'

/** Fetch a result. Each line is JSON; of several, the elements together are the result. */
export async function fetchLargeResult(url: string, signal: AbortSignal): Promise<Json> {
  const slices = new Slices()
  const elements: Json[] = []
  let count = 0
  for await (const line of linesOf(await fetchText(url, signal))) {
    const part = JSON.parse(line) as Json
    if (!Array.isArray(part)) return part
    for (const each of part) elements.push(each)
    count++
    await slices.pause()
  }
  if (count === 0) throw new Error('The result is empty.')
  return elements
}

/** Yield the lines of a stream, each of which has its end. */
async function* linesOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  let begun: string[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const [first = '', ...others] = value.split('\n')
    begun.push(first)
    for (const next of others) {
      yield begun.join('')
      begun = [next]
    }
  }
}
