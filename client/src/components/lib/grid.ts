/** The widths of the window at which a Grid changes. */

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Json } from '../../protocol'

const TIERS = ['xs', 'sm', 'md', 'lg', 'xl'] as const

export type Tiers = Record<(typeof TIERS)[number], number>

export const DEFAULT_TIERS: Tiers = { xs: 0, sm: 576, md: 768, lg: 992, xl: 1200 }
export const TiersContext = createContext(DEFAULT_TIERS)

/** Numbers for some widths, as `Grid.Breakpoints` gives them. */
export function tiersOf(given: Json): Partial<Tiers> {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return {}
  return Object.fromEntries(Object.entries(given).filter(([, number]) => typeof number === 'number'))
}

/** The number that holds at the window's present width; `null` if there is none. */
export function useTiered(given: Json): number | null {
  const tiers = useContext(TiersContext)
  const decide = () => (typeof given === 'number' ? given : valueAt(tiersOf(given), tiers, window.innerWidth))
  return useSyncExternalStore(subscribe, decide)
}

function valueAt(given: Partial<Tiers>, tiers: Tiers, width: number): number | null {
  const reached = TIERS.filter((tier) => given[tier] !== undefined && (tier === 'xs' || tiers[tier] <= width))
  return given[reached.at(-1) ?? 'xs'] ?? null
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('resize', listener)
  return () => window.removeEventListener('resize', listener)
}
