/** Positions in texts, in code points as ops count them and in UTF-16 units as JavaScript does. */

const SURROGATE = /[\ud800-\udfff]/

/** Return the number of code points of a text. */
export function lengthOf(text: string): number {
  return pointsAt(text, text.length)
}

/** Return the number of code points before the unit at `units`. */
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

/** Return the unit at which the code point at `points` begins. Past the end of the text it counts on by one. */
export function unitsAt(text: string, points: number): number {
  if (!SURROGATE.test(text.slice(0, points))) return points
  let units = 0
  for (let i = 0; i < points; i++) units += isPairAt(text, units) ? 2 : 1
  return units
}

/** Return the part of a text between two code points. */
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

/** Return the code points of a text by index; the text itself if these are its units. */
export function pointsIn(text: string): ArrayLike<string> {
  return SURROGATE.test(text) ? [...text] : text
}
