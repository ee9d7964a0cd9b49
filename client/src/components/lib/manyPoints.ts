/** Figures of plotly with many points: what saves time when they are drawn. Fetched with the first such figure. */

import type { Json } from '../../protocol'

const KINDS = {
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
}
type Numbers = InstanceType<(typeof KINDS)[keyof typeof KINDS]>

const KNOWN = new WeakMap<object, Numbers>()

/**
 * Return a template for many points. plotly does not measure the labels of axes, to hide those that reach over the edge,
 * and does not look for the point of a spike among all, if no axis shows spikes: both take most of the time of a zoom.
 */
export function templateForMany(template: Json, given: Record<string, Json>): Json {
  if (template !== null && !isObject(template)) return template
  const layout = isObject(template?.layout) ? template.layout : {}
  const axis = (own: Json | undefined) => ({ ticklabeloverflow: 'allow', ...(isObject(own) && own) })
  const hasSpikes = [layout, given].some((each) => Object.values(each).some((own) => isObject(own) && own.showspikes))
  const spikes = hasSpikes ? {} : { spikedistance: 0 }
  return { ...template, layout: { ...spikes, ...layout, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis) } }
}

/**
 * Return the numbers of an object that has the bytes of a list of them as text; `null` for another object. The same object
 * has the same list. plotly itself would decode it anew whenever it draws, which takes longer than to draw many points.
 */
export function typedArrayOf(value: Record<string, Json>): Numbers | null {
  const { bdata, dtype, shape } = value
  if (typeof bdata !== 'string' || typeof dtype !== 'string' || String(shape ?? '').includes(',')) return null
  const Kind = KINDS[dtype as keyof typeof KINDS]
  if (!Kind) return null
  const known = KNOWN.get(value)
  if (known) return known
  const bytes = bytesOf(bdata)
  if (!bytes || bytes.byteLength % Kind.BYTES_PER_ELEMENT !== 0) return null
  const numbers = new Kind(bytes.buffer)
  KNOWN.set(value, numbers)
  return numbers
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }
    if (fromBase64) return fromBase64.call(Uint8Array, text)
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
    return bytes
  } catch {
    return null // no such text: plotly says what is wrong
  }
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
