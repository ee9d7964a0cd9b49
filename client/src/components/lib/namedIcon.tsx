/** Icons by name. The first use of an icon fetches all icons of its bundle. */

import { bundles, type Drawing } from 'virtual:icons'
import { useEffect, useState } from 'react'
import { bundleOf } from './iconBundles'

const SIZES: Record<string, string> = {
  '2xs': '0.625em',
  xs: '0.75em',
  sm: '0.875em',
  lg: '1.25em',
  xl: '1.5em',
  '2xl': '2em',
}
const STYLES = ['solid', 'regular', 'brands'] as const

interface IconName {
  name: string
  style: string
  /** A CSS length. */
  size: string
}

/** Parse a name such as `wrench`, or the classes that `get_icon` returns: `fa-2x fa-solid fa-wrench`. */
export function parseIcon(icon: string): IconName {
  const words = icon
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^fa-/, ''))
  const style = STYLES.find((each) => words.includes(each)) ?? 'solid'
  const scale = words
    .map((word) => (Object.hasOwn(SIZES, word) ? SIZES[word] : null) ?? /^\d+x$/.exec(word)?.[0].replace('x', 'em'))
    .find(Boolean)
  return { name: kebabCase(words.at(-1) ?? ''), style, size: scale ?? '1em' }
}

/** An icon of the size of the text around it. */
export function NamedIcon({ icon, label }: { icon: string; label?: string | null }) {
  const { name, style, size } = parseIcon(icon)
  const drawing = useDrawing(`${style}/${name}`)
  const [width, height, path] = drawing ?? [1, 1, '']
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or is hidden
    <svg
      className="dara-glyph"
      viewBox={`0 0 ${width} ${height}`}
      // While the drawing is being fetched, the icon has the width that most icons have.
      style={{ height: size, width: `calc(${size} * ${width / height})`, flexShrink: 0 }}
      fill="currentColor"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      <path d={path} />
    </svg>
  )
}

function useDrawing(key: string): Drawing | null {
  const [found, setFound] = useState<{ key: string; drawing: Drawing | null } | null>(null)
  useEffect(() => {
    let isWanted = true
    // Without its icon, the page is usable all the same.
    bundles[bundleOf(key)]?.().then(
      ({ default: drawings }) => isWanted && setFound({ key, drawing: drawings[key] ?? null }),
      () => {},
    )
    return () => {
      isWanted = false
    }
  }, [key])
  return found?.key === key ? found.drawing : null
}

/** Convert `ChevronDown` to `chevron-down`. */
function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])([A-Z])/g, '-$1').toLowerCase()
}
