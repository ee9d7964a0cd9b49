/** The scale of a slider, counted in steps from its lower end. The last step ends at the upper end and may be shorter. */

import type { Json } from '../../protocol'
import { numberOf } from '../../view/values'

export type Range = [number, number]

/** The rounding error of a number of steps. */
const EPSILON = 1e-9
/** The steps of a page, as a part of the scale. */
const PAGE = 0.1
/** The most decimals that `toFixed` is called with. */
const MAX_DECIMALS = 20

export class Scale {
  readonly from: number
  readonly to: number
  /** The number of steps from end to end. */
  readonly count: number
  readonly #step: number
  readonly #decimals: number

  /** `given` is the length of a step; without a usable one, it follows from the range. */
  constructor([from, to]: Range, given: number | null) {
    const span = to - from
    const isUsable = given !== null && given > 0 && Number.isFinite(span / given)
    const step = isUsable ? given : stepOf(from, to)
    this.from = from
    this.to = to
    this.#step = step
    this.#decimals = Math.min(Math.max(decimalsOf(from), decimalsOf(step)), MAX_DECIMALS)
    this.count = Math.max(Math.ceil(span / step - EPSILON), 1)
  }

  /** Return the value after `steps` steps. */
  valueAt(steps: number): number {
    if (steps >= this.count) return this.to
    return Number((this.from + steps * this.#step).toFixed(this.#decimals))
  }

  /** Return the number of steps from the lower end to a value; a fraction for a value between two steps. */
  positionOf(value: number): number {
    const within = Math.min(Math.max(value, this.from), this.to)
    const last = this.valueAt(this.count - 1)
    if (within <= last) return (within - this.from) / this.#step
    return this.count - 1 + (within - last) / (this.to - last)
  }

  /** Return the nearest steps at and below a value, and at and above it. */
  around(value: number): Range {
    const position = this.positionOf(value)
    return [this.valueAt(Math.floor(position + EPSILON)), this.valueAt(Math.ceil(position - EPSILON))]
  }

  /** Return the step at which a thumb stops. A key moves a thumb that is between two steps to the next of them. */
  snap(position: number, before: number, isByKey: boolean): number {
    const isBetween = Math.abs(before - Math.round(before)) > EPSILON
    if (!isByKey || !isBetween || Math.abs(position - before) > 1 + EPSILON) return Math.round(position)
    return position > before ? Math.ceil(before) : Math.floor(before)
  }

  /** Return the value after a key that goes further than a step; `null` for another key. */
  afterKey(key: string, value: number): number | null {
    const page = Math.max(1, Math.round(this.count * PAGE))
    const position = this.positionOf(value)
    switch (key) {
      case 'Home':
        return this.from
      case 'End':
        return this.to
      case 'PageUp':
        return this.valueAt(Math.floor(position + EPSILON) + page)
      case 'PageDown':
        return this.valueAt(Math.max(0, Math.ceil(position - EPSILON) - page))
      default:
        return null
    }
  }
}

/** Read the two ends of a scale, the lower one first. An invalid end is replaced by 0 or 100. */
export function domainOf(domain: Json): Range {
  const ends = Array.isArray(domain) ? [numberOf(domain[0]), numberOf(domain[1])] : []
  const [from, to] = [ends[0] ?? 0, ends[1] ?? 100].sort((a, b) => a - b) as Range
  return Number.isFinite(to - from) && to > from ? [from, to] : [0, 100]
}

/** Return the default step: 1 between integers, else the largest power of ten with at least 100 steps. */
function stepOf(from: number, to: number): number {
  const span = to - from
  if (Number.isInteger(from) && Number.isInteger(to) && span > 1) return 1
  return Number((10 ** Math.floor(Math.log10(span / 100) + EPSILON)).toPrecision(1)) || span
}

function decimalsOf(number: number): number {
  const [digits, exponent] = String(number).split('e')
  const decimals = digits?.split('.')[1]?.length ?? 0
  return Math.max(decimals - Number(exponent ?? 0), 0)
}
