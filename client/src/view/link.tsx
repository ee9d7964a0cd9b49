/** What links have in common: where they lead, and whether their page is on show. */

import { fillPattern, type Params } from '../pages/pattern'
import type { Node } from '../protocol'
import { usePath, useRouter } from './outlet'
import { useFlag, useString, useWords } from './react'

export interface Linked {
  /** None while it leads nowhere. */
  href?: string
  target?: '_blank'
  rel?: 'noopener'
  'aria-current'?: 'page'
  'data-prefetch'?: true
}

/** The attributes of a link. Clicks on any link of the page are the router's. */
export function useLink(node: Node): Linked {
  const { location } = useRouter()
  const path = usePath()
  const to = useTo(node)
  const isExact = useFlag(node, 'end')
  const isPrefetched = useFlag(node, 'prefetch')
  const isNewTab = useFlag(node, 'new_tab')
  const there = to ? location.target(to)?.path : undefined
  return {
    ...(to && { href: location.href(to) }),
    ...(isNewTab && { target: '_blank', rel: 'noopener' }),
    ...(there !== undefined && isBelow(path, there, isExact === true) && { 'aria-current': 'page' }),
    ...(isPrefetched && { 'data-prefetch': true }),
  }
}

/** The address, its parameters filled in. */
function useTo(node: Node): string {
  const to = useString(node, 'to') ?? ''
  const params: Record<string, string | null> = {}
  for (const parameter of node.slots.params ?? []) {
    const value = useWords(parameter, 'value')
    params[String(parameter.props.name)] = value === null ? null : String(value)
  }
  return node.slots.params ? filled(to, params) : to
}

function filled(to: string, params: Params): string {
  // While a parameter is empty, the link leads as far as it can.
  return (
    fillPattern(to, params) ??
    fillPattern(
      to.replace(/\/:[^/]*/g, (segment) => `${segment.replace(/\?$/, '')}?`),
      params,
    ) ??
    to
  )
}

function isBelow(path: string, there: string, isExact: boolean): boolean {
  const [here, link] = [path.toLowerCase(), there.toLowerCase()]
  return here === link || (!isExact && link !== '/' && here.startsWith(`${link}/`))
}
