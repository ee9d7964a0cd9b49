/** Elements that stand in for a component while it loads, and buttons to load it again. */

import './fallbacks.css'
import { DRAWING } from '../messages'

/** An empty box for content that is on its way; visible only after a moment. */
export function Placeholder() {
  return <div className="dara-placeholder" aria-busy role="presentation" />
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
