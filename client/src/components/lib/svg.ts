/** Vector graphics of matplotlib as elements of the page: only what draws, without scripts, links and styles of others. */

import type { Slices } from '../../slices'

const SVG = 'http://www.w3.org/2000/svg'
const ELEMENTS = new Set(
  'circle clipPath defs ellipse g image line linearGradient mask path pattern polygon polyline radialGradient rect stop svg symbol text tspan use'.split(
    ' ',
  ),
)
const FORBIDDEN = /^(on|xmlns|data-|class$|style$|href$|xlink:href$)/i
/** The pictures that a graphic may contain, and its own parts. */
const REFERENCE = /^(#|data:image\/(png|jpeg|gif);)/
/** A value that leads out of the graphic. */
const OUTSIDE = /url\(\s*["']?(?!#|["'])/i

/** Return a graphic as an element; `null` if the text is none. Long work pauses in between. */
export async function svgElement(text: string, slices: Slices): Promise<SVGElement | null> {
  const parsed = new DOMParser().parseFromString(inert(text), 'image/svg+xml').documentElement
  if (parsed.namespaceURI !== SVG || parsed.localName !== 'svg') return null
  const root = cleaned(parsed, false)
  const waiting: [Element, SVGElement][] = [[parsed, root]]
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [from, to] = pair
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(child.textContent ?? '')
      if (!(child instanceof Element) || child.namespaceURI !== SVG || !ELEMENTS.has(child.localName)) continue
      const copy = cleaned(child, from.localName === 'defs')
      to.append(copy)
      waiting.push([child, copy])
    }
    await slices.pause()
  }
  return root
}

/** Rename the attributes of styles and handlers, and drop stylesheets: the page's policy forbids them even in a text. */
function inert(svg: string): string {
  return svg
    .replace(/<style[^>]*>[^<]*<\/style>/g, '')
    .replace(/<[^>]+>/g, (tag) => tag.replace(/\s(style|on\w+)\s*=/gi, ' data-$1='))
}

/** Return a copy of an element without its children. Other elements refer to those of definitions by id. */
function cleaned(element: Element, isDefinition: boolean): SVGElement {
  const copy = document.createElementNS(SVG, element.localName) as SVGElement
  for (const { name, value } of element.attributes)
    if (!FORBIDDEN.test(name) && (name !== 'id' || isDefinition) && !OUTSIDE.test(value)) copy.setAttribute(name, value)
  const reference = element.getAttribute('href') ?? element.getAttribute('xlink:href')
  if (reference && REFERENCE.test(reference)) copy.setAttribute('href', reference)
  const style = element.getAttribute('data-style')
  if (style && !OUTSIDE.test(style)) copy.style.cssText = style
  return copy
}
