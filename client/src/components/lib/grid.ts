/** The breakpoints of a Grid: window widths at which its layout changes. */

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Json } from '../../protocol'

const NAMES = ['xs', 'sm', 'md', 'lg', 'xl'] as const

/** The least window width of each breakpoint, in pixels. */
export type Breakpoints = Record<(typeof NAMES)[number], number>

export const DEFAULT_BREAKPOINTS: Breakpoints = { xs: 0, sm: 576, md: 768, lg: 992, xl: 1200 }
export const BreakpointsContext = createContext(DEFAULT_BREAKPOINTS)

/** Read an object with a number for some of the breakpoints. */
export function readBreakpoints(given: Json): Partial<Breakpoints> {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return {}
  return Object.fromEntries(Object.entries(given).filter(([, number]) => typeof number === 'number'))
}

/** Return the number for the window's present width; `null` if there is none. */
export function useResponsiveNumber(given: Json): number | null {
  const breakpoints = useContext(BreakpointsContext)
  const get = () =>
    typeof given === 'number' ? given : valueAt(readBreakpoints(given), breakpoints, window.innerWidth)
  return useSyncExternalStore(subscribe, get)
}

function valueAt(given: Partial<Breakpoints>, breakpoints: Breakpoints, width: number): number | null {
  const reached = NAMES.filter((name) => given[name] !== undefined && (name === 'xs' || breakpoints[name] <= width))
  return given[reached.at(-1) ?? 'xs'] ?? null
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('resize', listener)
  return () => window.removeEventListener('resize', listener)
}
