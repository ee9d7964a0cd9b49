/** Results of calls that come in parts: lists, and pieces of the text of whatever is too long for a message. */

import { expect, test } from 'vitest'
import type { Json, Part } from '../src/protocol'
import { PendingCalls } from '../src/sync/pendingCalls'

const request = { target: 't', of: null, inputs: [] }

/** Return the result of a call that comes in these parts. */
function collected(parts: Part[]): Promise<Json> {
  const calls = new PendingCalls(
    () => {},
    () => Promise.reject(),
  )
  const { result } = calls.start(request, true)
  for (const part of parts) calls.add(1, part)
  calls.resolve(1)
  return result
}

/** Return the text of a result in pieces of some length. */
const cut = (text: string, length: number): Part[] =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, i) => ({
    text: text.slice(i * length, (i + 1) * length),
  }))

test.each(['{"a":["é😀","x\\ny"],"b":{}}', '"text"', '12', 'null', '[]', '[{"a":1}]'])(
  'the text of a result is joined: %s',
  async (json) => {
    for (const length of [1, 2, 5, 100]) expect(await collected(cut(`${json}\n`, length))).toEqual(JSON.parse(json))
  },
)

test('long and short lines of a list are one list', async () => {
  const parts = [{ elements: [1, [2]] }, ...cut('[{"a":3}]\n', 4), ...cut('[4]\n', 100), { elements: [null] }]
  expect(await collected(parts)).toEqual([1, [2], { a: 3 }, 4, null])
  expect(await collected(cut('[1]\n[2]\n', 3))).toEqual([1, 2])
})

test('parts of a call that is over are dropped', () => {
  const calls = new PendingCalls(
    () => {},
    () => Promise.reject(),
  )
  calls.start(request, true).result.catch(() => {})
  calls.reject(1, 'failed', 'It broke.')
  calls.add(1, { text: '{"a":' })
  calls.resolve(1)
})
