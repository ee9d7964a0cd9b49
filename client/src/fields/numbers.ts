/** Numbers as people write them. */

import type { Json } from '../protocol'
import type { Notation, Reading } from './valueBinding'

const SIGNS = /[\u200e\u200f\u061c\u2066-\u2069]/g
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i
/** What the next keys may make a number of. */
const BEGUN = /^[+-]?\.?$|^[+-]?(\d+\.?\d*|\.\d+)e[+-]?$/i
const GROUPED = /^\d{1,3}(\D\d{3})+$|^\d{1,2}(\D\d{2})*\D\d{3}$/ // the second in India
const LARGEST = Number.MAX_SAFE_INTEGER

export const NUMBERS: Notation = { show, read, incomplete: 'This number is not complete.' }

function show(value: Json): string | null {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && 'value' in read(value) ? value.trim() : null
}

/** The text of the number that is `by` more than that of a text, as exact as that; `null` if there is none. */
export function stepped(text: string, by: number): string | null {
  const reading = read(text)
  if (!('value' in reading) || typeof (reading.value ?? 0) !== 'number') return null
  const before = (reading.value ?? 0) as number
  const written = String(before)
  if (written.includes('e')) return String(before + by)
  return String(Number((before + by).toFixed(written.split('.')[1]?.length ?? 0)))
}

/**
 * The number that a text means in any country, with a point as it is shown or with a comma, with groups of thousands
 * or without. What means one number here and another there is none.
 */
function read(text: string): Reading {
  const plain = digitsOf(text)
  if (plain === '') return { value: null }
  const sign = /^[+-]/.exec(plain)?.[0] ?? ''
  const written = withPoint(plain.slice(sign.length))
  if (typeof written !== 'string') return written
  if (BEGUN.test(sign + written)) return { reason: NUMBERS.incomplete, isBegun: true }
  const [, , whole = '', decimals = ''] = NUMBER.exec(sign + written) ?? []
  if (whole + decimals === '') return { reason: `“${text.trim()}” is no number.` }
  return exactly(Number(sign + written), whole + decimals)
}

function exactly(value: number, digits: string): Reading {
  if (Math.abs(value) > LARGEST) return { reason: `This number is too large: up to ${LARGEST} they are kept exactly.` }
  if (value === 0 && /[1-9]/.test(digits)) return { reason: 'This number is too small to be told from 0.' }
  return { value: value === 0 ? 0 : value }
}

/** The text with digits, signs and spaces of all scripts as in English. */
function digitsOf(text: string): string {
  return text
    .replace(SIGNS, '')
    .replace(/[\p{Nd}\uff07\uff0b-\uff0e]/gu, plainOf)
    .replaceAll('\u066b', ',') // of Arabic; it is no sign of thousands there
    .replace(/[\u066c\u2019]/g, "'")
    .replaceAll('\u2212', '-')
    .replace(/\s/gu, ' ')
    .trim()
}

/** A digit, or a sign of full width, as in English. Digits are in Unicode in tens, from 0 on. */
function plainOf(sign: string): string {
  const plain = sign.normalize('NFKC')
  if (/[\x20-\x7e]/.test(plain)) return plain
  const code = sign.codePointAt(0) as number
  let zero = code
  while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}

/** An unsigned number without its groups, and with a point before its decimals. */
function withPoint(number: string): string | Reading {
  const none: Reading = { reason: `“${number}” is no number.` }
  const separators = number.match(/[.,' ]/g) ?? []
  const kinds = new Set(separators)
  const last = separators.at(-1) ?? ''
  if (kinds.size === 0 || (separators.length === 1 && last === '.')) return number
  if (separators.length === 1 && last === ',' && /^[1-9]\d{0,2},\d{3}$/.test(number)) {
    const [plain, decimal] = [number.replace(',', ''), number.replace(',', '.')]
    return { reason: `Write ${plain} or ${decimal}: a comma before three digits can mean either.` }
  }
  if (separators.length === 1 && last === ',') return number.replace(',', '.')
  const hasDecimals = /[.,]/.test(last) && separators.filter((each) => each === last).length === 1
  const [whole, decimals] = hasDecimals ? number.split(last) : [number, null]
  const groups = new Set(whole?.match(/[.,' ]/g))
  if (whole === undefined || groups.size > 1 || !GROUPED.test(whole)) return none
  const plain = whole.replace(/\D/g, '')
  return decimals === null ? plain : `${plain}.${decimals}`
}
