/** Positions in texts: ops count code points, JavaScript counts UTF-16 units. */

const SURROGATE = /[\ud800-\udfff]/

/** How many code points a text has. */
export function lengthOf(text: string): number {
  return pointsAt(text, text.length)
}

/** How many code points come before the unit at `units`. */
export function pointsAt(text: string, units: number): number {
  if (!SURROGATE.test(text.slice(0, units))) return units
  let points = units
  for (let i = 0; i < units - 1; i++) {
    if (!isPairAt(text, i)) continue
    points--
    i++
  }
  return points
}

/** At which unit the code point at `points` begins; past the end of a text that is too short. */
export function unitsAt(text: string, points: number): number {
  if (!SURROGATE.test(text.slice(0, points))) return points
  let units = 0
  for (let i = 0; i < points; i++) units += isPairAt(text, units) ? 2 : 1
  return units
}

/** A part of a text, from one code point to another. */
export function slice(text: string, from: number, to: number = Number.POSITIVE_INFINITY): string {
  const rest = text.slice(unitsAt(text, from))
  return to - from >= rest.length ? rest : rest.slice(0, unitsAt(rest, to - from))
}

export function isPairAt(text: string, unit: number): boolean {
  const high = text.charCodeAt(unit)
  if (high < 0xd800 || high > 0xdbff) return false
  const low = text.charCodeAt(unit + 1)
  return low >= 0xdc00 && low <= 0xdfff
}

/** A text's code points by their index; the text itself where these are its units. */
export function pointsIn(text: string): ArrayLike<string> {
  return SURROGATE.test(text) ? [...text] : text
}
