/** The notation of numbers, in the ways in which people write them. */

import { FIELD } from '../messages'
import type { Json } from '../protocol'
import type { Notation, ParseResult } from './valueBinding'

const DIRECTION_MARKS = /[\u200e\u200f\u061c\u2066-\u2069]/g
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i
/** Texts that the next keys may complete to a number. */
const PARTIAL = /^[+-]?\.?$|^[+-]?(\d+\.?\d*|\.\d+)e[+-]?$/i
/** Digits in groups of three, or in groups of two before the last three, as in India. */
const GROUPED = /^\d{1,3}(\D\d{3})+$|^\d{1,2}(\D\d{2})*\D\d{3}$/
/** Larger numbers are not exact. */
const LARGEST = Number.MAX_SAFE_INTEGER

export const NUMBERS: Notation = { format, parse, incomplete: FIELD.incompleteNumber }

function format(value: Json): string | null {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && 'value' in parse(value) ? value.trim() : null
}

/** Return the text of a number plus `by`, with as many decimals as before; `null` if the text is not a number. */
export function stepped(text: string, by: number): string | null {
  const result = parse(text)
  if (!('value' in result) || typeof (result.value ?? 0) !== 'number') return null
  const before = (result.value ?? 0) as number
  const written = String(before)
  if (written.includes('e')) return String(before + by)
  return String(Number((before + by).toFixed(Math.max(decimalsOf(written), decimalsOf(String(by))))))
}

function decimalsOf(written: string): number {
  return written.split('.')[1]?.length ?? 0
}

/**
 * Parse a number in the notation of any country, with a decimal point or comma, and with or without digit groups. A text
 * that is one number here and another one there is an error.
 */
function parse(text: string): ParseResult {
  const plain = asciiOf(text)
  if (plain === '') return { value: null }
  const sign = /^[+-]/.exec(plain)?.[0] ?? ''
  const unsigned = withDecimalPoint(plain.slice(sign.length))
  if (typeof unsigned !== 'string') return unsigned
  if (PARTIAL.test(sign + unsigned)) return { reason: NUMBERS.incomplete, isPartial: true }
  const [, , whole = '', decimals = ''] = NUMBER.exec(sign + unsigned) ?? []
  if (whole + decimals === '') return { reason: FIELD.noNumber(text.trim()) }
  return checked(Number(sign + unsigned), whole + decimals)
}

/** Return the value, or the reason why JavaScript cannot represent it. */
function checked(value: number, digits: string): ParseResult {
  if (Math.abs(value) > LARGEST) return { reason: FIELD.numberTooLarge(LARGEST) }
  if (value === 0 && /[1-9]/.test(digits)) return { reason: FIELD.numberTooSmall }
  return { value: value === 0 ? 0 : value }
}

/** Replace the digits, signs and spaces of all scripts by those of ASCII. */
function asciiOf(text: string): string {
  return text
    .replace(DIRECTION_MARKS, '')
    .replace(/[\p{Nd}\uff07\uff0b-\uff0e]/gu, asciiSignOf)
    .replaceAll('\u066b', ',') // the Arabic decimal separator
    .replace(/[\u066c\u2019]/g, "'")
    .replaceAll('\u2212', '-')
    .replace(/\s/gu, ' ')
    .trim()
}

/** Convert a digit or a full-width sign. The digits of a script have consecutive code points, from 0 on. */
function asciiSignOf(sign: string): string {
  const normal = sign.normalize('NFKC')
  if (/[\x20-\x7e]/.test(normal)) return normal
  const code = sign.codePointAt(0) as number
  let zero = code
  while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}

/** Return an unsigned number without its groups and with a decimal point, or the reason why it has no clear meaning. */
function withDecimalPoint(number: string): string | ParseResult {
  const separators = number.match(/[.,' ]/g) ?? []
  const kinds = new Set(separators)
  const last = separators.at(-1) ?? ''
  if (kinds.size === 0 || (separators.length === 1 && last === '.')) return number
  if (separators.length === 1 && last === ',' && /^[1-9]\d{0,2},\d{3}$/.test(number)) {
    return { reason: FIELD.ambiguousNumber(number.replace(',', ''), number.replace(',', '.')) }
  }
  if (separators.length === 1 && last === ',') return number.replace(',', '.')
  const hasDecimals = /[.,]/.test(last) && separators.filter((each) => each === last).length === 1
  const [whole, decimals] = hasDecimals ? number.split(last) : [number, null]
  const groupSeparators = new Set(whole?.match(/[.,' ]/g))
  if (whole === undefined || groupSeparators.size > 1 || !GROUPED.test(whole)) return { reason: FIELD.noNumber(number) }
  const digits = whole.replace(/\D/g, '')
  return decimals === null ? digits : `${digits}.${decimals}`
}
