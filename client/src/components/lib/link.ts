/** The attributes that all links share: their address, and whether they lead to the present page. */

import { type CSSProperties, type HTMLAttributeReferrerPolicy, useSyncExternalStore } from 'react'
import type { Node } from '../../fragments'
import { fillPattern, type Params } from '../../pages/pattern'
import { usePath, useRouter, useView } from '../../view/outlet'
import { useApp, useFlag, useString, useText } from '../../view/react'
import { useRawStyle, useStyle } from '../../view/style'

interface LinkAttributes {
  id?: string
  style: CSSProperties
  /** Absent while the address is empty. */
  href?: string
  target?: string
  rel?: string
  download?: string | true
  referrerPolicy?: HTMLAttributeReferrerPolicy
  'aria-current'?: 'page'
  'data-prefetch'?: true
  'data-replace'?: true
}

/** Return the attributes of a link. The router handles clicks on all links of the page. */
export function useLink(node: Node): LinkAttributes {
  const { location } = useRouter()
  const present = usePath()
  const box = useStyle(node)
  const address = useAddress(node)
  const isExact = useFlag(node, 'end')
  const isCaseSensitive = useFlag(node, 'case_sensitive') === true
  const isPrefetched = useFlag(node, 'prefetch')
  const replaces = useFlag(node, 'replace')
  const path = address ? location.target(address)?.path : undefined
  const isActive = path !== undefined && isBelow(present, path, isExact === true, isCaseSensitive)
  const active = useRawStyle(node, 'active_css')
  const inactive = useRawStyle(node, 'inactive_css')
  return {
    ...box,
    style: { ...box.style, ...(isActive ? active : inactive) },
    ...(address && { href: location.href(address) }),
    ...useAnchor(node),
    ...(isActive && { 'aria-current': 'page' }),
    ...(isPrefetched && { 'data-prefetch': true }),
    ...(replaces && { 'data-replace': true }),
  }
}

/** Return the attributes that a link has in HTML, too. */
function useAnchor(node: Node): Partial<LinkAttributes> {
  const isNewTab = useFlag(node, 'new_tab')
  const target = useString(node, 'target') ?? (isNewTab ? '_blank' : null)
  const rel = useString(node, 'rel') ?? (target === '_blank' ? 'noopener' : null)
  const policy = useString(node, 'referrer_policy') as HTMLAttributeReferrerPolicy | null
  const { download } = node.props
  return {
    ...(target && { target }),
    ...(rel && { rel }),
    ...(policy && { referrerPolicy: policy }),
    ...(typeof download === 'string' && { download }),
    ...(download === true && { download }),
  }
}

/** Return the address of a link: with its parameters filled in, and below the app's base. */
export function useAddress(node: Node): string {
  const to = useString(node, 'to') ?? ''
  const params: Record<string, string | null> = {}
  for (const parameter of node.slots.params ?? []) {
    // A hook in a loop: a node always has the same parameters.
    params[String(parameter.props.name)] = useText(parameter, 'value')
  }
  const resolved = useResolved(to, node.props.relative === 'path')
  return (node.slots.params ? filled(to, params) : resolved) + (node.props.ending ?? '')
}

/** Resolve an address that begins with a dot: each `..` takes a word off the path, or leads to the page above. */
function useResolved(to: string, byPath: boolean): string {
  const { page } = useApp()
  const { location } = useRouter()
  const own = useView()?.route.pattern ?? '/'
  const here = usePath()
  const params = useSyncExternalStore(location.params.subscribe, location.params.get)
  if (!to.startsWith('.')) return to
  const words = to.split('/').filter((word) => word && word !== '.')
  const steps = words.filter((word) => word === '..').length
  const rest = words.filter((word) => word !== '..').map((word) => `/${word}`)
  const patterns = page.routes.map(({ pattern }) => pattern).filter((pattern) => own.startsWith(`${pattern}/`))
  const above = [own, ...patterns.sort((one, other) => other.length - one.length)][steps] ?? '/'
  const path = here.split('/')
  const base = byPath ? path.slice(0, Math.max(path.length - steps, 1)).join('/') : fillPattern(above, params)
  return (base ?? '').replace(/\/$/, '') + rest.join('') || '/'
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
function isBelow(path: string, link: string, isExact: boolean, isCaseSensitive: boolean): boolean {
  const [here, there] = isCaseSensitive ? [path, link] : [path.toLowerCase(), link.toLowerCase()]
  return here === there || (!isExact && there !== '/' && here.startsWith(`${there}/`))
}
