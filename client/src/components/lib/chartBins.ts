/** The bins of a histogram. */

export const DAY_MS = 86_400_000
const MAX_BINS = 80
/** The widths of bins of moments. */
const DURATIONS = [
  ...[1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200].map((seconds) => seconds * 1000),
  ...[1, 2, 7, 14, 30, 90, 365, 1825, 3650].map((days) => days * DAY_MS),
]

/** Return a round width of about that many bins between two coordinates. */
export function binWidthOf(low: number, high: number, bins: number, isTime: boolean): number {
  const number = Math.min(Math.max(bins, 1), MAX_BINS)
  const raw = high / number - low / number
  if (!(raw > 0)) return isTime ? DAY_MS : 1
  const duration = DURATIONS.find((each) => each >= raw)
  if (isTime && raw >= 1000 && duration !== undefined) return duration
  const power = 10 ** Math.floor(Math.log10(raw))
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= raw * 0.999) ?? 10) * power
}
