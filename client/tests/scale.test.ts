/** Sliders: the steps are counted from the lower end, and both ends can be reached. */

import { describe, expect, test } from 'vitest'
import { domainOf, Scale } from '../src/components/lib/scale'

function values(domain: [number, number], step: number | null): number[] {
  const scale = new Scale(domain, step)
  return Array.from({ length: scale.count + 1 }, (_, steps) => scale.valueAt(steps))
}

describe('the values of a scale', () => {
  test.each<[[number, number], number | null, number[]]>([
    [[1.5, 4.5], 1, [1.5, 2.5, 3.5, 4.5]],
    [[0, 1], 0.3, [0, 0.3, 0.6, 0.9, 1]],
    [[0.1, 0.5], 0.1, [0.1, 0.2, 0.3, 0.4, 0.5]],
    [[-1, 1], 0.7, [-1, -0.3, 0.4, 1]],
    [[0, 3e-7], 1e-7, [0, 1e-7, 2e-7, 3e-7]],
    [[0, 3], null, [0, 1, 2, 3]],
    [[2, 5], 10, [2, 5]],
    [[1e21, 3e21], 1e21, [1e21, 2e21, 3e21]],
  ])('of %j with the step %d', (domain, step, expected) => {
    expect(values(domain, step)).toEqual(expected)
  })

  test.each([0, -1, Number.NaN, 1e-320])('a step of %d counts as none', (step) => {
    expect(new Scale([0, 10], step).count).toBe(10)
  })
})

describe('the position of a value', () => {
  const scale = new Scale([1.5, 4], 1) // 1.5, 2.5, 3.5, 4
  test.each([
    [1.5, 0],
    [2, 0.5],
    [3.5, 2],
    [3.75, 2.5],
    [4, 3],
    [99, 3],
    [-99, 0],
  ])('%d is %d steps away', (value, position) => {
    expect(scale.positionOf(value)).toBeCloseTo(position)
  })

  test('a key moves it to the next step, also from between two', () => {
    expect(scale.snap(1.8, 0.8, true)).toBe(1)
    expect(scale.snap(-0.2, 0.8, true)).toBe(0)
    expect(scale.snap(2, 1, true)).toBe(2)
    expect(scale.snap(1.8, 0.8, false)).toBe(2)
  })
})

test.each([
  [
    [9, 1],
    [1, 9],
  ],
  [
    [5, 5],
    [0, 100],
  ],
  [
    ['1', '2'],
    [1, 2],
  ],
  [
    [-1e308, 1e308],
    [0, 100],
  ],
  [null, [0, 100]],
  [
    [null, 50],
    [0, 50],
  ],
  [{}, [0, 100]],
])('the domain %j is %j', (given, expected) => {
  expect(domainOf(given)).toEqual(expected)
})
