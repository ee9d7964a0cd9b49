/** The props that place and paint a component, which all of them have. */

import { type CSSProperties, useMemo, useSyncExternalStore } from 'react'
import type { Json, Node } from '../protocol'
import { useApp } from './react'
import { sizeOf, textOf } from './values'

type Rule = (value: NonNullable<Json>) => CSSProperties | null

export interface Box {
  id?: string
  style?: CSSProperties
}

const COLOR = /^(dark|gray|red|pink|grape|violet|indigo|blue|cyan|teal|green|lime|yellow|orange|pine)(?:\.(\d))?$/
const ALIASES: Record<string, string> = { primary: 'pine', error: 'red', success: 'green', warning: 'yellow' }
/** Anything else would be no property of a style, or one that cannot be set. */
const PROPERTY = /^(--|-?[a-z])/i
const AUTOMATIC: CSSProperties = { flexGrow: 0, flexBasis: 'auto' }

/** The CSS for a colour of the theme; any other string is a CSS colour already. */
export function colorOf(color: string, shade: 'filled' | 'text'): string {
  if (color === 'dimmed') return 'var(--mantine-color-dimmed)'
  const [, name, index] = COLOR.exec(ALIASES[color] ?? color) ?? []
  return name ? `var(--mantine-color-${name}-${index ?? shade})` : color
}

function plain(property: keyof CSSProperties): Rule {
  return (value) => ({ [property]: value })
}

function factorOf(value: NonNullable<Json>): number {
  return Number(value) || 0
}

function flag(style: CSSProperties): Rule {
  return (value) => (value ? style : null)
}

/** In the order in which they apply: a later rule wins over an earlier one. */
const RULES: Record<string, Rule> = {
  width: (width) => ({ ...AUTOMATIC, width: width as string | number }),
  hug: flag({ ...AUTOMATIC, width: 'fit-content', alignSelf: 'flex-start' }),
  height: plain('height'),
  min_width: plain('minWidth'),
  max_width: plain('maxWidth'),
  min_height: plain('minHeight'),
  max_height: plain('maxHeight'),
  grow: (grow) => ({ flexGrow: factorOf(grow) }),
  shrink: (shrink) => ({ flexShrink: factorOf(shrink) }),
  basis: plain('flexBasis'),
  padding: plain('padding'),
  margin: plain('margin'),
  gap: plain('gap'),
  align: plain('alignItems'),
  justify: plain('justifyContent'),
  background: (color) => ({ background: colorOf(String(color), 'filled') }),
  color: (color) => ({ color: colorOf(String(color), 'text') }),
  bold: (bold) => ({ fontWeight: typeof bold === 'number' ? bold : bold ? 650 : 400 }),
  italic: flag({ fontStyle: 'italic' }),
  underline: flag({ textDecoration: 'underline' }),
  font: plain('fontFamily'),
  font_size: plain('fontSize'),
  border: (border) =>
    typeof border === 'boolean'
      ? border
        ? { border: '1px solid var(--dara-line)' }
        : null
      : { border: border as string },
  border_radius: plain('borderRadius'),
  overflow: plain('overflow'),
  position: plain('position'),
  raw_css: (css) => rawStyle(css),
}
const PROPS = [...Object.keys(RULES), 'id_']

/**
 * A component's DOM id and inline style, from the props that all components have. Subscribes only
 * to those that are bound to a variable. `align` sets `alignAs`.
 */
export function useStyle(node: Node, alignAs: 'alignItems' | 'textAlign' = 'alignItems'): Box {
  const app = useApp()
  const look = useMemo(() => {
    const bound = PROPS.flatMap((prop) => {
      const ref = node.variables[prop]
      return ref ? [{ prop, source: app.graph.source(ref) }] : []
    })
    let seen: Json[] = []
    let box = bound.length > 0 ? {} : boxOf(node.props, alignAs)
    return {
      subscribe: (listener: () => void) => {
        const stops = bound.map(({ source }) => source.subscribe(listener))
        return () => {
          for (const stop of stops) stop()
        }
      },
      get: () => {
        const values = bound.map(({ source }) => source.get())
        if (values.length !== seen.length || values.some((value, i) => value !== seen[i])) {
          const present = Object.fromEntries(bound.map(({ prop }, i) => [prop, values[i] ?? null]))
          box = boxOf({ ...node.props, ...present }, alignAs)
          seen = values
        }
        return box
      },
    }
  }, [app, node, alignAs])
  return useSyncExternalStore(look.subscribe, look.get)
}

function boxOf(props: Node['props'], alignAs: 'alignItems' | 'textAlign'): Box {
  const style: CSSProperties = {}
  for (const [prop, rule] of Object.entries(RULES)) {
    const value = props[prop]
    if (value == null || (typeof value === 'object' && prop !== 'raw_css')) continue
    if (prop === 'align') style[alignAs] = value as never
    else Object.assign(style, rule(value))
  }
  const id = props.id_
  return { ...(id != null && { id: textOf(id) }), ...(Object.keys(style).length > 0 && { style }) }
}

/** The style that a `raw_css` says, as a text of CSS or by property. */
export function rawStyle(css: NonNullable<Json>): CSSProperties | null {
  if (typeof css === 'object') {
    const usable = Object.entries(css).filter(([property, value]) => PROPERTY.test(property) && sizeOf(value) !== null)
    return Object.fromEntries(usable.map(([property, value]) => [camelCase(property), value]))
  }
  if (typeof css !== 'string') return null
  // A semicolon inside parentheses belongs to a value, as in url(data:image/png;base64,...).
  const declarations = css.split(/;(?![^(]*\))/).map((each) => each.split(/:(.*)/s))
  return Object.fromEntries(
    declarations.flatMap(([property, value]) =>
      property && value && PROPERTY.test(property.trim()) ? [[camelCase(property.trim()), value.trim()]] : [],
    ),
  )
}

function camelCase(property: string): string {
  return property.startsWith('--')
    ? property
    : property.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase())
}
