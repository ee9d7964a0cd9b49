/** Values that the server computes say in their place when they are out of date, and why. */

import './marked.css'
import { type CSSProperties, createContext, type ReactNode, useContext, useId } from 'react'
import { DRAWING } from '../messages'
import type { Freshness } from '../sync/freshness'
import { useLasting } from './lasting'
import { StaleNote } from './later'
import { useIsCut } from './react'

/** The pause after which a value that is being computed again is dimmed. */
const LATE_AFTER_MS = 300

/** The reason that the innermost enclosing mark gives: marks inside it do not repeat it. */
const ReasonContext = createContext<string | undefined>(undefined)

interface MarkedProps {
  freshness: Freshness
  onRetry: () => void
  hidden?: boolean
  children: ReactNode
}

/**
 * The content that shows a value: dimmed while a newer one is computed, with a note after a failure and without a connection. It is
 * laid out as if its content stood in its place. The renderer marks all components whose props the server computes; a
 * component that fetches values by itself marks them with this.
 */
export function Marked({ freshness, onRetry, hidden, children }: MarkedProps) {
  const { isLoading, error, since } = freshness
  const isLate = useLasting(isLoading, LATE_AFTER_MS)
  const isCut = useIsCut()
  const { message: reason, trace = null } = isLoading && isCut ? { message: DRAWING.cut } : (error ?? {})
  const outer = useContext(ReasonContext)
  const isTold = reason !== undefined && reason !== outer
  const anchor = `--${useId()}`
  return (
    <div
      className="dara-part"
      aria-busy={isLoading || undefined}
      data-late={isLate || undefined}
      data-stale={reason !== undefined || undefined}
      hidden={hidden}
      style={isTold ? ({ '--dara-anchor': anchor } as CSSProperties) : undefined}
    >
      <ReasonContext value={reason ?? outer}>{children}</ReasonContext>
      {isTold && <StaleNote reason={reason} trace={trace} since={since} onRetry={isCut ? null : onRetry} />}
    </div>
  )
}
