/** Conditions that matter only once they have held for a while. */

import { useEffect, useState } from 'react'

/** Return whether `condition` has been true for at least `ms` milliseconds. */
export function useLasting(condition: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!condition) return
    const timer = setTimeout(() => setLasts(true), ms)
    return () => {
      clearTimeout(timer)
      setLasts(false)
    }
  }, [condition, ms])
  return condition && lasts
}
