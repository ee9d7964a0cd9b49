/** The scale of a slider: its steps counted from the lower end; the upper end is the last, however short that step is. */

import type { Json } from '../../protocol'
import { numberOf } from '../../view/values'

export type Range = [number, number]

const TOO_SMALL = 1e-9
const MOST_DECIMALS = 20

export class Scale {
  readonly from: number
  readonly to: number
  /** How many steps there are from end to end. */
  readonly count: number
  readonly #step: number
  readonly #decimals: number

  constructor([from, to]: Range, given: number | null) {
    const span = to - from
    const isUsable = given !== null && given > 0 && Number.isFinite(span / given)
    const step = isUsable ? given : stepOf(from, to)
    this.from = from
    this.to = to
    this.#step = step
    this.#decimals = Math.min(Math.max(decimalsOf(from), decimalsOf(step)), MOST_DECIMALS)
    this.count = Math.max(Math.ceil(span / step - TOO_SMALL), 1)
  }

  /** The value after `steps` steps. */
  valueAt(steps: number): number {
    if (steps >= this.count) return this.to
    return Number((this.from + steps * this.#step).toFixed(this.#decimals))
  }

  /** How many steps away from the lower end a value is. */
  placeOf(value: number): number {
    const within = Math.min(Math.max(value, this.from), this.to)
    const last = this.valueAt(this.count - 1)
    if (within <= last) return (within - this.from) / this.#step
    return this.count - 1 + (within - last) / (this.to - last)
  }

  /** Where a thumb stops that was moved to `place`; with a key, at the next step, also from between two. */
  stop(place: number, before: number, isByKey: boolean): number {
    const isBetween = Math.abs(before - Math.round(before)) > TOO_SMALL
    if (!isByKey || !isBetween || Math.abs(place - before) > 1 + TOO_SMALL) return Math.round(place)
    return place > before ? Math.ceil(before) : Math.floor(before)
  }
}

/** The two ends of a scale, the lower one first; what is none is one of 0 to 100. */
export function domainOf(domain: Json): Range {
  const ends = Array.isArray(domain) ? [numberOf(domain[0]), numberOf(domain[1])] : []
  const [from, to] = [ends[0] ?? 0, ends[1] ?? 100].sort((a, b) => a - b) as Range
  return Number.isFinite(to - from) && to > from ? [from, to] : [0, 100]
}

/** 1 for a domain of integers; else the power of ten that gives at least 100 steps. */
function stepOf(from: number, to: number): number {
  const span = to - from
  if (Number.isInteger(from) && Number.isInteger(to) && span > 1) return 1
  return Number((10 ** Math.floor(Math.log10(span / 100) + 1e-9)).toPrecision(1)) || span
}

function decimalsOf(number: number): number {
  const [digits, exponent] = String(number).split('e')
  const decimals = digits?.split('.')[1]?.length ?? 0
  return Math.max(decimals - Number(exponent ?? 0), 0)
}
