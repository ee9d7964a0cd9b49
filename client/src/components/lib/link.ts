/** The attributes that all links share: their address, and whether they lead to the present page. */

import { type CSSProperties, useMemo } from 'react'
import { fillPattern, type Params } from '../../pages/pattern'
import type { Node } from '../../protocol'
import { usePath, useRouter } from '../../view/outlet'
import { useFlag, useString, useText } from '../../view/react'
import { rawStyle, useStyle } from '../../view/style'

interface LinkAttributes {
  id?: string
  style: CSSProperties
  /** Absent while the address is empty. */
  href?: string
  target?: '_blank'
  rel?: 'noopener'
  'aria-current'?: 'page'
  'data-prefetch'?: true
}

/** Return the attributes of a link. The router handles clicks on all links of the page. */
export function useLink(node: Node): LinkAttributes {
  const { location } = useRouter()
  const present = usePath()
  const box = useStyle(node)
  const address = useAddress(node)
  const isExact = useFlag(node, 'end')
  const isPrefetched = useFlag(node, 'prefetch')
  const isNewTab = useFlag(node, 'new_tab')
  const path = address ? location.target(address)?.path : undefined
  const isActive = path !== undefined && isBelow(present, path, isExact === true)
  const css = useString(node, isActive ? 'active_css' : 'inactive_css')
  const own = useMemo(() => (css === null ? null : rawStyle(css)), [css])
  return {
    ...box,
    style: { ...box.style, ...own },
    ...(address && { href: location.href(address) }),
    ...(isNewTab && { target: '_blank', rel: 'noopener' }),
    ...(isActive && { 'aria-current': 'page' }),
    ...(isPrefetched && { 'data-prefetch': true }),
  }
}

/** Return the address of a link with its parameters filled in. */
function useAddress(node: Node): string {
  const to = useString(node, 'to') ?? ''
  const params: Record<string, string | null> = {}
  for (const parameter of node.slots.params ?? []) {
    // A hook in a loop: a node always has the same parameters.
    params[String(parameter.props.name)] = useText(parameter, 'value')
  }
  return node.slots.params ? filled(to, params) : to
}

/** Fill in the parameters. While one is empty, the address ends before it. */
function filled(to: string, params: Params): string {
  return (
    fillPattern(to, params) ??
    fillPattern(
      to.replace(/\/:[^/]*/g, (segment) => `${segment.replace(/\?$/, '')}?`),
      params,
    ) ??
    to
  )
}

/** Return whether `path` is the page of a link or below it. No page is below the root. */
function isBelow(path: string, link: string, isExact: boolean): boolean {
  const [here, there] = [path.toLowerCase(), link.toLowerCase()]
  return here === there || (!isExact && there !== '/' && here.startsWith(`${there}/`))
}
