import { describe, expect, it } from 'vitest'
import { tracePath } from '../src/components/lib/scatterLines'
import { drawPoints, type Picture } from '../src/components/lib/scatterPixels'

const RED = 0xff0000ff
const BLUE = 0xffff0000

function picture(side: number, range = [0, 0, side, side]): Picture {
  return { pixels: new Uint8ClampedArray(side * side * 4), width: side, height: side, range, ratio: 1 }
}

function pixel({ pixels, width }: Picture, x: number, y: number): number[] {
  return [...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)]
}

const ROUND = { ids: null, size: 6, borderSize: 0, color: RED, borderColor: 0, opacity: 1 }

describe('points as pixels', () => {
  it('are round, and where their coordinates say', () => {
    const drawn = picture(20)
    drawPoints({ ...ROUND, positions: [5, 15] }, drawn)
    expect(pixel(drawn, 5, 5)).toEqual([255, 0, 0, 255])
    expect(pixel(drawn, 5, 10)[3]).toBe(0)
    expect(pixel(drawn, 2, 2)[3]).toBeLessThan(60)
    const area = drawn.pixels.reduce((sum, value, index) => sum + (index % 4 === 3 ? value / 255 : 0), 0)
    expect(area).toBeCloseTo(Math.PI * 9, 0)
  })

  it('lie one on the other in their order, or in that of the indexes', () => {
    const points = { ...ROUND, positions: [10, 10, 10, 10, 3, 3], color: Uint32Array.of(RED, BLUE, BLUE) }
    const inOrder = picture(20)
    drawPoints(points, inOrder)
    expect(pixel(inOrder, 10, 10)).toEqual([0, 0, 255, 255])
    const chosen = picture(20)
    drawPoints({ ...points, ids: [1, 0] }, chosen)
    expect(pixel(chosen, 10, 10)).toEqual([255, 0, 0, 255])
    expect(pixel(chosen, 3, 17)[3]).toBe(0)
  })

  it('show through if they are translucent, and have borders', () => {
    const drawn = picture(20)
    drawPoints({ ...ROUND, positions: [10, 10], opacity: 0.5 }, drawn)
    expect(pixel(drawn, 10, 10)).toEqual([255, 0, 0, 128])
    drawPoints({ ...ROUND, positions: [10, 10], opacity: 0.5, color: BLUE }, drawn)
    expect(pixel(drawn, 10, 10)[3]).toBe(192)
    const bordered = picture(20)
    drawPoints({ ...ROUND, positions: [10, 10], size: 10, borderSize: 4, borderColor: BLUE }, bordered)
    expect(pixel(bordered, 10, 10)).toEqual([255, 0, 0, 255])
    expect(pixel(bordered, 10, 5)).toEqual([0, 0, 255, 255])
  })

  it('are cut at the edges, and left out without coordinates', () => {
    const drawn = picture(4)
    drawPoints({ ...ROUND, positions: [0, 0, Number.NaN, 2, 1e9, 2, -50, 2], size: 4 }, drawn)
    expect(pixel(drawn, 0, 3)[3]).toBe(255)
    expect(pixel(drawn, 3, 0)[3]).toBe(0)
  })
})

describe('a line of many points', () => {
  function pathOf(positions: number[], width: number): [string, number, number][] {
    const steps: [string, number, number][] = []
    const path = {
      moveTo: (x: number, y: number) => steps.push(['move', x, y]),
      lineTo: (x: number, y: number) => steps.push(['line', x, y]),
    }
    const same = (value: number) => value
    tracePath(path, positions, same, same, width)
    return steps
  }

  it('keeps the extremes of each column of pixels', () => {
    const positions = Array.from({ length: 100_000 }, (_, index) => [index / 1000, ((index * 7919) % 1000) / 10]).flat()
    const steps = pathOf(positions, 100)
    expect(steps.length).toBeLessThan(500)
    for (const column of [0, 50, 99]) {
      const ys = steps.filter(([, x]) => Math.floor(x) === column).map(([, , y]) => y)
      expect(Math.min(...ys)).toBe(0)
      expect(Math.max(...ys)).toBe(99.9)
    }
  })

  it('is drawn through every point of few, in their order, and interrupted where one is missing', () => {
    expect(pathOf([0, 1, 5, 2, 9, 0, Number.NaN, 3, 12, 4, 12.5, 6], 100)).toEqual([
      ['move', 0, 1],
      ['line', 5, 2],
      ['line', 9, 0],
      ['move', 12, 4],
      ['line', 12.5, 6],
    ])
  })
})
