/** Lines of many points on a canvas: of each column of pixels, only what shows. */

interface Point {
  x: number
  y: number
  /** Its place in the line. */
  at: number
}

const NOWHERE: Point = { x: 0, y: 0, at: -1 }

/** A function that returns a place on the canvas, in its pixels. */
type Scale = (value: number) => number

/**
 * Add a line through points to a path. Of successive points in one column of pixels, the first, the lowest, the highest and
 * the last are enough: the line looks the same. A coordinate that is no number interrupts it.
 */
export function tracePath(
  path: Pick<Path2D, 'moveTo' | 'lineTo'>,
  positions: ArrayLike<number>,
  xOf: Scale,
  yOf: Scale,
  width: number,
): void {
  let column = Number.NaN
  let [first, low, high, last] = [NOWHERE, NOWHERE, NOWHERE, NOWHERE]
  const close = () => {
    const [one, other] = low.at < high.at ? [low, high] : [high, low]
    if (one.at > first.at && one.at < last.at) path.lineTo(one.x, one.y)
    if (other.at > first.at && other.at < last.at && other !== one) path.lineTo(other.x, other.y)
    if (last.at > first.at) path.lineTo(last.x, last.y)
    column = Number.NaN
  }
  let isStarted = false
  for (let at = 0; 2 * at < positions.length; at++) {
    const point = { x: xOf(positions[2 * at] as number), y: yOf(positions[2 * at + 1] as number), at }
    if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) {
      close()
      isStarted = false
      first = last
      continue
    }
    // What is beside the canvas is one column on each side.
    const itsColumn = Math.floor(Math.min(Math.max(point.x, -1), width))
    if (itsColumn === column) {
      last = point
      if (point.y < low.y) low = point
      if (point.y > high.y) high = point
      continue
    }
    close()
    if (isStarted) path.lineTo(point.x, point.y)
    else path.moveTo(point.x, point.y)
    isStarted = true
    column = itsColumn
    ;[first, low, high, last] = [point, point, point, point]
  }
  close()
}
