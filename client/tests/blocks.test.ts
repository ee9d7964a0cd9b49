import { describe, expect, it } from 'vitest'
import type { Block } from '../src/protocol'
import { Blocks } from '../src/sync/blocks'

describe('blocks', () => {
  it('keep what has not changed, as the same objects', () => {
    const blocks = new Blocks()
    const first: Block[] = [
      [['data', 0], 'a', { y: [1, 2] }],
      [['data', 1], 'b', { y: [3] }],
      [['text'], 'c', 'one '],
      [['text'], 'd', 'two'],
      [['list'], 'e', [1, 2]],
      [['list'], 'f', [3]],
    ]
    const frame = () => ({ data: [null, null], text: '', list: [], title: 'x' })
    const before = blocks.join(frame(), first) as Record<string, unknown>
    expect(before).toEqual({ data: [{ y: [1, 2] }, { y: [3] }], text: 'one two', list: [1, 2, 3], title: 'x' })
    expect(blocks.names).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    const second = first.map(([path, name]) => (name === 'b' ? [path, 'B', { y: [4] }] : [path, name]) as Block)
    const after = blocks.join(frame(), second) as Record<string, unknown[]>
    expect(after).toEqual({ ...before, data: [{ y: [1, 2] }, { y: [4] }] })
    expect(after.data?.[0]).toBe((before.data as unknown[])[0])
    expect(before.list).toEqual([1, 2, 3])
  })

  it('are forgotten with the result that had them', () => {
    const blocks = new Blocks()
    blocks.join(null, [[[], 'a', 'whole']])
    blocks.join({ x: null }, [[['x'], 'b', 'part']])
    expect(blocks.names).toEqual(['b'])
    expect(() => blocks.join(null, [[[], 'a']])).toThrow('missing')
  })
})
