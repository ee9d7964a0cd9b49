/** Positions in a table that is taller than browsers can scroll. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_PX, ScrollScale } from '../src/components/lib/scrollScale'

const VIEW_PX = 600

function scaleOf(rowsPx: number): ScrollScale {
  const scale = new ScrollScale()
  scale.resize(rowsPx, VIEW_PX)
  return scale
}

/** Scroll as a browser does, which stops at both ends. */
function scrollBy(scale: ScrollScale, way: number): void {
  scale.follow(Math.min(Math.max(0, scale.scrollTop + way), scale.scrollPx - VIEW_PX))
}

test('a table that the browser can scroll is scrolled by it', () => {
  const scale = scaleOf(400_000)
  scale.follow(123_456)
  expect([scale.top, scale.offset, scale.scrollPx]).toEqual([123_456, 0, 400_000])
})

test('a wheel scrolls the rows of a huge table at its own speed', () => {
  const scale = scaleOf(40_000_000)
  for (let i = 0; i < 50; i++) scrollBy(scale, 100)
  expect(scale.top).toBe(5000)
  scale.settle()
  expect(scale.top).toBe(5000)
  expect(scale.scrollTop).toBe(2400)
})

test('a dragged scroll bar reaches every part of it', () => {
  const scale = scaleOf(40_000_000)
  scale.follow((scale.scrollPx - VIEW_PX) / 2)
  expect(scale.top).toBeCloseTo((40_000_000 - VIEW_PX) / 2)
  scale.follow(scale.scrollPx - VIEW_PX)
  expect(scale.top).toBe(40_000_000 - VIEW_PX)
})

test('a wheel reaches both ends from wherever the scroll bar was left', () => {
  const ways = fc.integer({ min: 0, max: 40_000_000 })
  fc.assert(
    fc.property(ways, fc.boolean(), (start, isDown) => {
      const scale = scaleOf(40_000_000)
      const end = isDown ? 40_000_000 - VIEW_PX : 0
      const near = Math.abs(end - (start % 3000))
      scale.goTo(near)
      for (let i = 0; i < 400; i++) scrollBy(scale, isDown ? 100 : -100)
      expect(scale.top).toBe(end)
      expect(scale.scrollTop).toBe(isDown ? MAX_PX - VIEW_PX : 0)
    }),
  )
})
