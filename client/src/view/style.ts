/** The styling props that all components have, as inline CSS. */

import { type CSSProperties, useMemo, useSyncExternalStore } from 'react'
import type { Node } from '../fragments'
import { combineUnsubscribes } from '../observable'
import type { Json } from '../protocol'
import { cssText, splitCss, useRules } from './css'
import { useApp, useProp } from './react'
import { sizeOf, textOf } from './values'

/** The CSS of a prop's value; `null` for none. */
type Rule = (value: NonNullable<Json>) => CSSProperties | null

/** The attributes of a component's outermost element. */
export interface Box {
  id?: string
  style?: CSSProperties
}

const COLOR = /^(dark|gray|red|pink|grape|violet|indigo|blue|cyan|teal|green|lime|yellow|orange|pine)(?:\.(\d))?$/
const ALIASES: Record<string, string> = { primary: 'pine', error: 'red', success: 'green', warning: 'yellow' }
/** Names of CSS properties that an element's style has and that can be set. */
const PROPERTY = /^(--|-?[a-z])/i
/** The size of a component is its own, not a share of the row that it is in. */
const OWN_SIZE: CSSProperties = { flexGrow: 0, flexBasis: 'auto' }

/** Return the CSS of a colour of the theme. Any other string is returned as it is, a CSS colour. */
export function colorOf(color: string, shade: 'filled' | 'text'): string {
  if (color === 'dimmed') return 'var(--mantine-color-dimmed)'
  const [, name, index] = COLOR.exec(ALIASES[color] ?? color) ?? []
  return name ? `var(--mantine-color-${name}-${index ?? shade})` : color
}

/** Return a rule for a prop whose values are those of a CSS property. */
function property(name: keyof CSSProperties): Rule {
  return (value) => ({ [name]: value })
}

function factorOf(value: NonNullable<Json>): number {
  return Number(value) || 0
}

/** Return a rule that applies `style` while a prop is true. */
function flag(style: CSSProperties): Rule {
  return (value) => (value ? style : null)
}

/** The rules by prop. A later rule overrides an earlier one. */
const RULES: Record<string, Rule> = {
  width: (width) => ({ ...OWN_SIZE, width: width as string | number }),
  hug: flag({ ...OWN_SIZE, width: 'fit-content' }),
  height: property('height'),
  min_width: property('minWidth'),
  max_width: property('maxWidth'),
  min_height: property('minHeight'),
  max_height: property('maxHeight'),
  grow: (grow) => ({ flexGrow: factorOf(grow) }),
  shrink: (shrink) => ({ flexShrink: factorOf(shrink) }),
  basis: (basis) => ({ flexBasis: basis as string, ...(!`${basis}`.includes('%') && { '--dara-wraps': 1 }) }),
  padding: property('padding'),
  margin: property('margin'),
  gap: property('gap'),
  align: property('alignItems'),
  justify: property('justifyContent'),
  background: (color) => ({ background: colorOf(String(color), 'filled') }),
  color: (color) => ({ color: colorOf(String(color), 'text') }),
  bold: (bold) => ({ fontWeight: typeof bold === 'number' ? bold : bold ? 650 : 400 }),
  italic: flag({ fontStyle: 'italic' }),
  underline: flag({ textDecoration: 'underline' }),
  font: property('fontFamily'),
  font_size: property('fontSize'),
  border: (border) =>
    typeof border === 'boolean'
      ? border
        ? { border: '1px solid var(--dara-line)' }
        : null
      : { border: border as string },
  border_radius: property('borderRadius'),
  overflow: property('overflow'),
  position: property('position'),
}
const PROPS = [...Object.keys(RULES), 'raw_css', 'id_']

/**
 * Return a component's DOM id and inline style. The prop `align` sets the CSS property `alignAs`. Only props that are
 * bound to a variable are subscribed to.
 */
export function useStyle(node: Node, alignAs: 'alignItems' | 'textAlign' = 'alignItems'): Box {
  const app = useApp()
  const boxes = useMemo(() => {
    const bound = PROPS.flatMap((prop) => {
      const ref = node.variables[prop]
      return ref ? [{ prop, source: app.graph.source(ref) }] : []
    })
    let last: Json[] = []
    let box = bound.length > 0 ? {} : boxOf(node.props, alignAs, false)
    return {
      subscribe: (listener: () => void) => combineUnsubscribes(bound.map(({ source }) => source.subscribe(listener))),
      get: () => {
        const values = bound.map(({ source }) => source.get())
        if (values.length !== last.length || values.some((value, i) => value !== last[i])) {
          const present = Object.fromEntries(bound.map(({ prop }, i) => [prop, values[i] ?? null]))
          box = boxOf({ ...node.props, ...present }, alignAs, node.variables.raw_css !== undefined)
          last = values
        }
        return box
      },
    }
  }, [app, node, alignAs])
  const box = useSyncExternalStore(boxes.subscribe, boxes.get)
  useRules(box.style)
  return box
}

/** Return the style of a prop such as `active_css`, which is raw CSS, or `null` without one. */
export function useRawStyle(node: Node, prop: string): CSSProperties | null {
  const css = useProp(node, prop)
  const isBound = node.variables[prop] !== undefined
  const style = useMemo(() => (css === null ? null : rawStyle(css, isBound)), [css, isBound])
  useRules(style)
  return style
}

/** Return the attribute of a container whose children are aligned by the prop `align`, and not by the stylesheet. */
export function alignedOf({ style }: Box): { 'data-aligned'?: true } {
  return style?.alignItems === undefined ? {} : { 'data-aligned': true }
}

function boxOf(props: Node['props'], alignAs: 'alignItems' | 'textAlign', isCssBound: boolean): Box {
  const style: CSSProperties = {}
  for (const [prop, rule] of Object.entries(RULES)) {
    const value = props[prop]
    if (value == null || typeof value === 'object') continue
    if (prop === 'align') style[alignAs] = value as never
    else Object.assign(style, rule(value))
  }
  if (props.raw_css != null) Object.assign(style, rawStyle(props.raw_css, isCssBound))
  const id = props.id_
  return { ...(id != null && { id: textOf(id) }), ...(Object.keys(style).length > 0 && { style }) }
}

/** Convert raw CSS, a string or an object of properties and nested rules, to a style. */
function rawStyle(given: NonNullable<Json>, isBound: boolean): CSSProperties | null {
  const hasRules = typeof given === 'object' && Object.values(given).some((value) => value && typeof value === 'object')
  const css = hasRules ? cssText(given as Record<string, Json>) : given
  if (typeof css === 'object') {
    const usable = Object.entries(css).filter(([property, value]) => PROPERTY.test(property) && sizeOf(value) !== null)
    return Object.fromEntries(usable.map(([property, value]) => [camelCase(property), value]))
  }
  if (typeof css !== 'string') return null
  if (css.includes('{')) {
    const { declarations, style } = splitCss(css, isBound)
    return { ...declared(declarations), ...style }
  }
  return declared(css)
}

function declared(css: string): CSSProperties {
  // A semicolon inside parentheses belongs to a value such as url(data:image/png;base64,...).
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
