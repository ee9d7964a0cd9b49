/** Nested rules in the `raw_css` of a component, such as `&:hover { ... }`: they apply to its element alone. */

import { useLayoutEffect } from 'react'
import type { Json } from '../protocol'

/** The property by which an element carries the name of its rules. Their selector looks for the name. */
const NAME = '--dara-css'
/** CSS that can fetch a picture: rules in a variable may not, as they could send what the page shows to another site. */
const FETCHES = /url|image|src/i

/** The names of rules by their text, and the rules by their name. */
const NAMES = new Map<string, string>()
const SHEETS = new Map<string, { sheet: CSSStyleSheet; uses: number }>()

/** Split CSS with nested rules into its own declarations and the style that leads to the rules. */
export function splitCss(css: string, isOfVariable: boolean): { declarations: string; style: Record<string, string> } {
  const [rule, ...others] = sheetOf(`a { ${css} }`).cssRules as unknown as CSSStyleRule[]
  const declarations = rule?.style.cssText ?? ''
  // Text that closes the rule early, and begins another one, has none.
  const rules = rule && others.length === 0 ? [...rule.cssRules].map(({ cssText }) => cssText).join('') : ''
  if (!rules || (isOfVariable && FETCHES.test(rules))) return { declarations, style: {} }
  return { declarations, style: { [NAME]: nameOf(rules) } }
}

/** Write an object of properties and nested rules as CSS. A number is one of pixels where it cannot stand alone. */
export function cssText(css: Readonly<Record<string, Json>>): string {
  const texts = Object.entries(css).map(([name, value]) => {
    if (value === null) return ''
    if (typeof value === 'object') return `${name} { ${cssText(value as Record<string, Json>)} }`
    const property = name.startsWith('--') ? name : name.replace(/_|(?=[A-Z])/g, '-').toLowerCase()
    return typeof value === 'number' ? `${property}: ${value}px; ${property}: ${value};` : `${property}: ${value};`
  })
  return texts.join(' ')
}

function nameOf(rules: string): string {
  const known = NAMES.get(rules)
  if (known) return known
  const name = `css-${NAMES.size}`
  NAMES.set(rules, name)
  const selector = `[style*="${NAME}: ${name};"]`.repeat(2) // stronger than a class of the component
  SHEETS.set(name, { sheet: sheetOf(`${selector} { ${rules} }`), uses: 0 })
  return name
}

function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  return sheet
}

/** Keep the nested rules of a style in the page while the component is shown. */
export function useRules(style: object | null | undefined): void {
  const name = (style as Record<string, string> | undefined)?.[NAME]
  useLayoutEffect(() => {
    const rules = SHEETS.get(name ?? '')
    if (!rules) return
    if (rules.uses++ === 0) document.adoptedStyleSheets.push(rules.sheet)
    return () => {
      if (--rules.uses > 0) return
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== rules.sheet)
    }
  }, [name])
}
