/** The themes of figures: the colours and the font of Dara in them become those of the app. */

import type { Json } from '../../protocol'

type Scheme = 'light' | 'dark'

/** The colours in Dara's themes of figures, and the custom properties that hold those of the app. */
const PROPERTIES: Record<Scheme, Record<string, string>> = {
  light: {
    '#23211d': '--mantine-color-text',
    '#66615a': '--mantine-color-dimmed',
    '#e6e2da': '--dara-line',
    '#ffffff': '--dara-surface',
    '#176859': '--dara-primary',
  },
  dark: {
    '#e6e5e1': '--mantine-color-text',
    '#a6a49e': '--mantine-color-dimmed',
    '#2b2f32': '--dara-line',
    '#1c1f21': '--dara-surface',
    '#83c5b5': '--dara-primary',
  },
}
const FONT = /^system-ui, -apple-system/
const HEX = /^#[\da-f]{6}$/i

/** The looks of the app. */
export interface Looks {
  /** Its colours in place of Dara's. */
  colors: ReadonlyMap<string, string>
  font: string
  /** The accent, unless it is that of Dara. */
  accent: string | null
}

/** Read the looks of the page, or of a part with a theme of its own, in its present scheme. */
export function looksOf(scheme: Scheme, root: Element): Looks {
  const style = getComputedStyle(root)
  const colors = new Map<string, string>()
  let accent: string | null = null
  for (const [own, property] of Object.entries(PROPERTIES[scheme])) {
    const color = style.getPropertyValue(property).trim()
    if (!HEX.test(color) || color.toLowerCase() === own) continue
    colors.set(own, color)
    if (property === '--dara-primary') accent = color
  }
  return { colors, font: getComputedStyle(root.querySelector('body') ?? root).fontFamily, accent }
}

/** Return a theme with the looks of the app. Palettes stay; that of categories begins with the accent. */
export function inLooks(theme: Json, looks: Looks, name = ''): Json {
  if (typeof theme === 'string') {
    if (FONT.test(theme)) return looks.font
    return looks.colors.get(theme) ?? theme
  }
  if (Array.isArray(theme)) {
    if (name === 'colorway') return looks.accent ? [looks.accent, ...theme.slice(1)] : theme
    return theme.map((each) => (typeof each === 'object' ? inLooks(each, looks) : each))
  }
  if (typeof theme !== 'object' || theme === null) return theme
  return Object.fromEntries(Object.entries(theme).map(([key, each]) => [key, inLooks(each, looks, key)]))
}
