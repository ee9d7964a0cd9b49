/** Traces as plotly describes them to regl-scatter2d and regl-line2d, and an object with the interface of these. */

import type { Packed } from './scatterPixels'

export type Numbers = ArrayLike<number>
export type Options = Record<string, unknown> | null | undefined

/** The options of a trace, by whichever name plotly gives them. */
export class Trace {
  positions: Numbers = []
  size: number | Numbers = 12
  borderSize: number | Numbers = 0
  opacity = 1
  viewport: Numbers = [0, 0, 0, 0]
  range: Numbers = [0, 0, 1, 1]
  thickness = 1
  dashes: number[] = []
  join = 'round'
  lineColor = 'black'
  #color: unknown = 'black'
  #borderColor: unknown = 'transparent'
  #colors: { color: Packed | Uint32Array; borderColor: Packed | Uint32Array } | null = null

  update(options: Record<string, unknown>): void {
    const named = (...names: string[]) => names.map((name) => options[name]).find((value) => value != null)
    this.positions = (named('positions') as Numbers | undefined) ?? this.positions
    this.size = (named('sizes', 'size') as Numbers | undefined) ?? this.size
    this.borderSize = (named('borderSizes', 'borderSize') as Numbers | undefined) ?? this.borderSize
    this.viewport = (named('viewport') as Numbers | undefined) ?? this.viewport
    this.range = (named('range') as Numbers | undefined) ?? this.range
    this.thickness = (named('thickness') as number | undefined) ?? this.thickness
    this.dashes = (named('dashes') as number[] | undefined) ?? this.dashes
    this.join = (named('join') as string | undefined) ?? this.join
    const opacity = Number.parseFloat(String(named('opacity') ?? this.opacity))
    this.opacity = Number.isNaN(opacity) ? this.opacity : opacity
    const color = named('colors', 'color')
    const borderColor = named('borderColors', 'borderColor')
    if (color === undefined && borderColor === undefined) return
    this.#color = color ?? this.#color
    this.#borderColor = borderColor ?? this.#borderColor
    this.#colors = null
    if (typeof color === 'string') this.lineColor = color
  }

  colors() {
    this.#colors ??= { color: packed(this.#color), borderColor: packed(this.#borderColor) }
    return this.#colors
  }
}

/** An object that draws traces, with the interface of those of regl. */
export class Drawing {
  readonly #traces: Trace[] = []
  readonly #draw: (trace: Trace, ids: Numbers | null) => void
  readonly destroy: () => void

  constructor(draw: (trace: Trace, ids: Numbers | null) => void, destroy: () => void) {
    this.#draw = draw
    this.destroy = destroy
  }

  update(...given: unknown[]): void {
    const list = (given.length === 1 && Array.isArray(given[0]) ? given[0] : given) as Options[]
    for (const [index, options] of list.entries()) {
      const trace = this.#traces[index] ?? new Trace()
      this.#traces[index] = trace
      if (options) trace.update(options)
    }
  }

  /** Draw a trace by its number, or the points of each trace whose indexes are given. */
  draw(which: number | (Numbers | null | undefined)[]): void {
    if (typeof which === 'number') this.#one(which, null)
    else for (const [index, ids] of which.entries()) if (ids && ids.length > 0) this.#one(index, ids)
  }

  #one(index: number, ids: Numbers | null): void {
    const trace = this.#traces[index]
    if (trace) this.#draw(trace, ids)
  }
}

const PIXEL = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
const NAMED = new Map<string, Packed>()

function packed(color: unknown): Packed | Uint32Array {
  if (typeof color === 'string') return named(color)
  const list = color as ArrayLike<unknown>
  if (typeof list[0] === 'number') return bytes(color as Numbers)
  return Uint32Array.from({ length: list.length }, (_, index) => {
    const each = list[index]
    return typeof each === 'string' ? named(each) : bytes(each as Numbers)
  })
}

/** Pack the parts of a color, which are bytes or shares of one. */
function bytes(parts: Numbers): Packed {
  const [red = 0, green = 0, blue = 0, alpha = 1] = Array.from(parts)
  const scale = !(parts instanceof Uint8Array) && Math.max(red, green, blue, alpha) <= 1 ? 255 : 1
  const [r, g, b, a] = [red, green, blue, alpha].map((each) => Math.round(each * scale)) as [
    number,
    number,
    number,
    number,
  ]
  return (r | (g << 8) | (b << 16) | (a << 24)) >>> 0
}

function named(color: string): Packed {
  const known = NAMED.get(color)
  if (known !== undefined || !PIXEL) return known ?? 0
  PIXEL.clearRect(0, 0, 1, 1)
  PIXEL.fillStyle = color
  PIXEL.fillRect(0, 0, 1, 1)
  const value = bytes(Uint8Array.from(PIXEL.getImageData(0, 0, 1, 1).data))
  if (NAMED.size > 10_000) NAMED.clear()
  NAMED.set(color, value)
  return value
}
