/** The limits of fields, which their values have to meet before a form is submitted. No React. */

import type { Node } from '../fragments'
import { LIMIT } from '../messages/limits'
import type { Json } from '../protocol'
import type { Notation } from './valueBinding'

export interface Limits {
  /** The type of an input: a text of the types 'email' and 'url' has to be such an address. */
  type?: string
  required?: boolean
  min?: number | string
  max?: number | string
  step?: number
  min_length?: number
  max_length?: number
  pattern?: string
  pattern_message?: string
  // By the type of the variable's store:
  above?: number
  below?: number
  multiple_of?: number
  integer?: boolean
  format?: string
  /** A regular expression that the text contains a match of. */
  search?: string
}

/** An e-mail address, by the rule of browsers. */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i

/** The tolerance of steps that are no binary fractions, such as 0.1. */
const ROUNDING = 1e-9

export function limitsOf({ component, props }: Node): Limits {
  if (component !== 'Slider') return props as Limits
  const { step: _, ...limits } = props // its thumbs stand at steps from the lower end, and at both ends
  return limits as Limits
}

/** Return the reason why a value does not meet the limits; `null` if it does. Only `required` concerns empty values. */
export function brokenLimit(value: Json, limits: Limits): string | null {
  if (limits.required && (isEmpty(value) || isBlank(value))) return value === false ? LIMIT.unchecked : LIMIT.required
  if (isEmpty(value)) return null
  if (typeof value === 'number') return ofNumber(value, limits)
  return typeof value === 'string' ? ofText(value, limits) : null
}

/** Return a notation in which texts beyond the limits have no value. */
export function limited(notation: Notation, limits: Limits): Notation {
  return {
    ...notation,
    parse: (text, before, isDone) => {
      const result = notation.parse(text, before, isDone)
      if (!('value' in result) || result.value === null) return result
      const reason =
        typeof result.value === 'number' ? ofNumber(result.value, limits) : ofMoment(text, limits, notation.words)
      return reason === null ? result : { reason, isPartial: !isBeyond(result.value, limits) }
    },
  }
}

/** Return whether a value is a number so large that further digits only make it worse. */
function isBeyond(value: Json, { min, max }: Limits): boolean {
  if (typeof value !== 'number') return false
  return (typeof max === 'number' && value > Math.max(max, 0)) || (typeof min === 'number' && value < Math.min(min, 0))
}

/** Return the distance between two numbers in a row. */
export function stepOf({ step, multiple_of, integer }: Limits): number | null {
  return step ?? multiple_of ?? (integer ? 1 : null)
}

/** Return the nearest number within the limits. */
export function clamped(value: number, { min, max }: Limits): number {
  const least = typeof min === 'number' ? min : Number.NEGATIVE_INFINITY
  return Math.max(least, Math.min(value, typeof max === 'number' ? max : Number.POSITIVE_INFINITY))
}

function isBlank(value: Json): boolean {
  return typeof value === 'string' && value.trim() === ''
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
}

function ofNumber(value: number, limits: Limits): string | null {
  const { min, max, step, above, below, multiple_of: factor } = limits
  if (limits.integer && !Number.isInteger(value)) return LIMIT.whole
  if (typeof min === 'number' && value < min) return LIMIT.tooSmall(min)
  if (typeof max === 'number' && value > max) return LIMIT.tooLarge(max)
  if (above !== undefined && value <= above) return LIMIT.notAbove(above)
  if (below !== undefined && value >= below) return LIMIT.notBelow(below)
  if (factor !== undefined && !isWhole(value / factor)) return LIMIT.noMultiple(factor)
  if (step === undefined) return null
  const from = typeof min === 'number' ? min : 0
  const steps = (value - from) / step
  if (isWhole(steps)) return null
  const before = from + Math.floor(steps) * step
  return LIMIT.betweenSteps(rounded(before), rounded(before + step))
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < ROUNDING
}

function ofText(text: string, limits: Limits): string | null {
  const { min_length, max_length, pattern, search } = limits
  const length = [...text].length // in characters, as Python counts them
  if (min_length !== undefined && length < min_length) return LIMIT.tooShort(min_length)
  if (max_length !== undefined && length > max_length) return LIMIT.tooLong(max_length)
  const kinds = [limits.type, limits.format]
  if (kinds.includes('email') && !EMAIL.test(text.trim())) return LIMIT.email
  if (kinds.includes('url') && !URL.canParse(text.trim())) return LIMIT.url
  const isMatch = matches(pattern && `^(?:${pattern})$`, text) && matches(search, text)
  return isMatch ? null : (limits.pattern_message ?? LIMIT.pattern)
}

function ofMoment(text: string, { min, max }: Limits, words = (moment: string) => moment): string | null {
  if (typeof min === 'string' && text < min) return LIMIT.tooEarly(words(min))
  return typeof max === 'string' && text > max ? LIMIT.tooLate(words(max)) : null
}

/** Return whether a text has a match; true for a pattern that only Python knows. */
function matches(pattern: string | undefined, text: string): boolean {
  if (!pattern) return true
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(9))
}
