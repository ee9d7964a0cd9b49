/** Points as pixels: many small round markers, drawn by the processor much faster than by a canvas or by WebGL in software. */

/** A color of one point, as bytes in the order of an image: red is the lowest. */
export type Packed = number

/** The points of one trace, in the coordinates of its axes. */
export interface Points {
  /** x and y of each. */
  positions: ArrayLike<number>
  /** The indexes of those that are drawn, in this order; `null` for all. */
  ids: ArrayLike<number> | null
  /** Diameters without the borders, in pixels of the page; of each or of all. */
  size: number | ArrayLike<number>
  borderSize: number | ArrayLike<number>
  color: Packed | Uint32Array
  borderColor: Packed | Uint32Array
  opacity: number
}

/** A picture of a part of the plane. */
export interface Picture {
  pixels: Uint8ClampedArray
  width: number
  height: number
  /** The least x and y, and the greatest, at the edges of the picture. */
  range: ArrayLike<number>
  /** Pixels of the picture per pixel of the page. */
  ratio: number
}

/** The places within a pixel, in each direction, at which a marker may have its middle. */
const PLACES = 4
/** The steps in which sizes differ. */
const SIZE_STEPS = 8

/** A round marker at each place within a pixel: how much of each pixel its whole and its inner part cover, of 255. */
interface Stamp {
  side: number
  whole: Uint8Array[]
  inner: Uint8Array[] | null
}

const STAMPS = new Map<number, Stamp>()
const MAX_STAMPS = 2000

/** Draw points over what a picture shows. */
export function drawPoints(points: Points, { pixels, width, height, range, ratio }: Picture): void {
  const { positions, ids, size, borderSize, color, borderColor, opacity } = points
  const words = new Uint32Array(pixels.buffer)
  const [left, bottom, right, top] = range as unknown as [number, number, number, number]
  const xScale = width / (right - left)
  const yScale = height / (top - bottom)
  const isOfOneSize = typeof size === 'number' && typeof borderSize === 'number'
  let stamp = isOfOneSize ? stampOf(size * ratio, borderSize * ratio) : null
  const count = ids ? ids.length : positions.length / 2
  for (let place = 0; place < count; place++) {
    const index = ids ? (ids[place] as number) : place
    const x = ((positions[2 * index] as number) - left) * xScale
    const y = (top - (positions[2 * index + 1] as number)) * yScale
    if (!isOfOneSize) stamp = stampOf(ratio * of(size, index), ratio * of(borderSize, index))
    const { side, whole, inner } = stamp as Stamp
    const half = side / 2
    // Without numbers as coordinates, none of these holds.
    if (!(x > -half && x < width + half && y > -half && y < height + half)) continue
    const startX = Math.floor(x - half + 0.5)
    const startY = Math.floor(y - half + 0.5)
    const phase =
      Math.floor((x - half + 0.5 - startX) * PLACES) + PLACES * Math.floor((y - half + 0.5 - startY) * PLACES)
    const mask = whole[phase] as Uint8Array
    const core = inner ? (inner[phase] as Uint8Array) : mask
    const fill = of(color, index)
    const edge = inner ? of(borderColor, index) : fill
    const fromX = Math.max(0, -startX)
    const toX = Math.min(side, width - startX)
    const toY = Math.min(side, height - startY)
    for (let row = Math.max(0, -startY); row < toY; row++) {
      let at = row * side + fromX
      let to = (startY + row) * width + startX + fromX
      for (let column = fromX; column < toX; column++, at++, to++) {
        const covered = mask[at] as number
        if (covered === 0) continue
        const mixed = core[at] === covered ? fill : mix(edge, fill, (core[at] as number) / covered)
        const alpha = ((mixed >>> 24) * covered * opacity) / 255
        if (alpha >= 254.5) words[to] = mixed
        else blend(pixels, 4 * to, mixed, alpha)
      }
    }
  }
}

/** Draw a color over a pixel. */
function blend(pixels: Uint8ClampedArray, at: number, color: Packed, alpha: number): void {
  const below = pixels[at + 3] as number
  const together = alpha + (below * (255 - alpha)) / 255
  const share = alpha / together
  for (let channel = 0; channel < 3; channel++) {
    const value = pixels[at + channel] as number
    pixels[at + channel] = value + (((color >>> (8 * channel)) & 255) - value) * share
  }
  pixels[at + 3] = together
}

function mix(from: Packed, to: Packed, share: number): Packed {
  let mixed = 0
  for (let shift = 0; shift < 32; shift += 8) {
    const start = (from >>> shift) & 255
    mixed |= Math.round(start + (((to >>> shift) & 255) - start) * share) << shift
  }
  return mixed >>> 0
}

function of(values: number | ArrayLike<number>, index: number): number {
  return typeof values === 'number' ? values : (values[index] as number)
}

function stampOf(size: number, border: number): Stamp {
  const outer = Math.round((size + border) * SIZE_STEPS)
  const core = border > 0 ? Math.max(0, Math.round((size - border) * SIZE_STEPS)) : outer
  const key = outer * 65536 + core
  const known = STAMPS.get(key)
  if (known) return known
  if (STAMPS.size >= MAX_STAMPS) STAMPS.clear()
  const side = Math.max(1, Math.ceil(outer / SIZE_STEPS) + 2)
  const made = {
    side,
    whole: masksOf(outer / SIZE_STEPS / 2, side),
    inner: core === outer ? null : masksOf(core / SIZE_STEPS / 2, side),
  }
  STAMPS.set(key, made)
  return made
}

/** Return how much a disc covers each pixel, for each place of its middle within a pixel. */
function masksOf(radius: number, side: number): Uint8Array[] {
  return Array.from({ length: PLACES * PLACES }, (_, phase) => {
    const x = side / 2 - 0.5 + ((phase % PLACES) + 0.5) / PLACES
    const y = side / 2 - 0.5 + (Math.floor(phase / PLACES) + 0.5) / PLACES
    return Uint8Array.from({ length: side * side }, (__, pixel) => {
      const distance = Math.hypot((pixel % side) + 0.5 - x, Math.floor(pixel / side) + 0.5 - y)
      return Math.round(255 * Math.min(Math.max(radius - distance + 0.5, 0), 1) * Math.min(1, 2 * radius))
    })
  })
}
