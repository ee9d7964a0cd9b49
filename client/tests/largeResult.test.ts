/** Large results: lines of JSON in a response, however the network cuts them. */

import { afterEach, expect, test, vi } from 'vitest'
import { fetchLargeResult } from '../src/sync/largeResult'

const { signal } = new AbortController()

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Let the server answer with these bytes, in pieces of some length. */
function serve(text: string, pieceBytes: number, status = 200): void {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(bytes.slice(at, at + pieceBytes))
      controller.close()
    },
  })
  vi.stubGlobal('fetch', async () => new Response(body, { status }))
}

test.each([1, 2, 3, 7, 1000])('the elements of all lines are one list, in pieces of %i bytes', async (pieceBytes) => {
  serve('[{"a":"é😀"},2]\n[]\n[[3],null]\n', pieceBytes)
  expect(await fetchLargeResult('/r', signal)).toEqual([{ a: 'é😀' }, 2, [3], null])
})

test.each(['{"a":[1,2]}', '"text"', '12', '[]'])('a single line is the result: %s', async (line) => {
  serve(`${line}\n`, 3)
  expect(await fetchLargeResult('/r', signal)).toEqual(JSON.parse(line))
})

test.each([
  ['', 200],
  ['This result is no longer offered.', 404],
  ['[1,2', 200],
])('what is no result is an error: %j with status %i', async (text, status) => {
  serve(text, 100, status)
  await expect(fetchLargeResult('/r', signal)).rejects.toThrow()
})
