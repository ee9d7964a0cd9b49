/** The runs of a component's actions: in order, none lost, and only while the component is still there. */

import { describe, expect, test } from 'vitest'
import type { Fragment, Node } from '../src/fragments'
import { isSameShape } from '../src/view/fragmentShape'
import { SerialQueue } from '../src/view/serialQueue'

function slow(log: string[], name: string): { task: () => Promise<void>; end: () => void; fail: () => void } {
  let end = () => {}
  let fail = () => {}
  const done = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = () => reject(new Error(name))
  })
  const task = () => {
    log.push(`${name} begins`)
    return done.finally(() => log.push(`${name} ends`))
  }
  return { task, end, fail }
}

test('the first task begins at once, each other after the end of the one before', async () => {
  const [log, queue] = [[] as string[], new SerialQueue()]
  const [a, b, c] = [slow(log, 'a'), slow(log, 'b'), slow(log, 'c')]
  const all = [a, b, c].map(({ task }) => queue.run(task))
  expect(log).toEqual(['a begins'])
  c.end()
  b.end()
  await Promise.resolve()
  expect(log).toEqual(['a begins'])
  a.end()
  await Promise.all(all)
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('a task that fails reports it, and holds up no other', async () => {
  const [log, queue] = [[] as string[], new SerialQueue()]
  const [a, b] = [slow(log, 'a'), slow(log, 'b')]
  const [first, second] = [queue.run(a.task), queue.run(b.task)]
  a.fail()
  b.end()
  await expect(first).rejects.toThrow('a')
  await second
  expect(log.at(-1)).toBe('b ends')
})

test('the number of waiting tasks is bounded', async () => {
  const [log, queue] = [[] as string[], new SerialQueue()]
  const stuck = slow(log, 'stuck')
  void queue.run(stuck.task)
  const waiting = Array.from({ length: 100 }, (_, index) => queue.run(async () => void log.push(`${index}`)))
  await expect(queue.run(async () => {})).rejects.toThrow('not run')
  stuck.end()
  await Promise.all(waiting)
  expect(log).toHaveLength(102)
  await queue.run(async () => void log.push('again'))
  expect(log.at(-1)).toBe('again')
})

describe('a py_component rendered anew', () => {
  const node = (component: string, ...children: Node[]): Node => {
    const slots: Node['slots'] = children.length > 0 ? { children } : {}
    return { component, id: '', props: {}, variables: {}, actions: {}, slots }
  }
  const made = (...nodes: Node[]): Fragment => ({ nodes, variables: {}, stores: {} })
  const row = (text: string) => node('Stack', { ...node('Text'), props: { text } }, node('Button'))

  test('has the same shape if only its texts differ', () => {
    expect(isSameShape(made(row('1')), made(row('2')))).toBe(true)
  })

  test.each([
    [made(row('a'), row('b')), made(row('b'))],
    [made(row('a')), made(node('Card', node('Text'), node('Button')))],
    [made(row('a')), made(node('Stack', node('Button'), node('Text')))],
    [made(row('a')), null],
  ])('has another shape if a node was added, removed or moved', (before, now) => {
    expect(isSameShape(before, now)).toBe(false)
  })
})
