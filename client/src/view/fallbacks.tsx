/** Elements that stand in for a component: while it loads, when it failed, when its value does not fit. */

import './fallbacks.css'
import { DRAWING } from '../messages'
import { Glyph } from './iconButton'

/** An empty box for content that is on its way; visible only after a moment. */
export function Placeholder() {
  return <div className="dara-placeholder" aria-busy role="presentation" />
}

/** An error message in the place of a component, with a button to try again. */
export function Failure({ message, onRetry, retryLabel }: FailureProps) {
  return (
    <div className="dara-failure" role="alert">
      <span>{message}</span>
      {onRetry && <RetryButton onRetry={onRetry} label={retryLabel} />}
    </div>
  )
}

export interface FailureProps {
  message: string
  onRetry?: (() => void) | undefined
  retryLabel?: string
}

/** A button to try again. */
export function RetryButton({
  onRetry,
  label = DRAWING.tryAgain,
}: {
  onRetry: () => void
  label?: string | undefined
}) {
  return (
    <button type="button" onClick={onRetry}>
      {label}
    </button>
  )
}

/** A note in the place of a value that the component cannot show. */
export function UnshowableValue({ component }: { component: string }) {
  return (
    <span className="dara-unshown" role="note" title={DRAWING.unshowableIn(component)}>
      <Glyph
        d="M8 1.6a6.4 6.4 0 1 1 0 12.8A6.4 6.4 0 0 1 8 1.6ZM8 4.8v3.6M8 11.1v.1"
        size={14}
        box={16}
        strokeWidth={1.4}
      />
      {DRAWING.unshowable}
    </span>
  )
}

export function ReloadButton({ label = DRAWING.reload }: { label?: string }) {
  return (
    <button type="button" className="dara-reload" onClick={reload}>
      {label}
    </button>
  )
}

export function reload(): void {
  location.reload()
}
