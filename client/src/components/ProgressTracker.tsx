import '../view/smallButtons.css'
import './ProgressTracker.css'
import { useContext } from 'react'
import { PROGRESS_TRACKER } from '../messages/progressTracker'
import type { ComponentProps } from '../view/react'
import { JobContext } from '../view/render'
import { useStyle } from '../view/style'

/** The progress of the job for which a component waits. It stands in the place of the component. */
export default function ProgressTracker({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const job = useContext(JobContext)
  const message = job?.message || PROGRESS_TRACKER.started
  const percent = job && Math.round(job.percent)
  const isExpected = Boolean(job?.seconds)
  return (
    <div
      id={id}
      className="dara-tracker"
      data-unknown={!percent || undefined}
      style={
        { ...style, '--dara-progress': `${job?.percent ?? 0}%`, '--dara-time': `${job?.seconds || 0.3}s` } as object
      }
    >
      <div className="dara-tracker-head">
        <span className="dara-tracker-message">{message}</span>
        {!!percent && !isExpected && <span aria-hidden>{percent}%</span>}
        {job && (
          <button type="button" onClick={job.cancel}>
            {PROGRESS_TRACKER.cancel}
          </button>
        )}
      </div>
      <div
        className="dara-tracker-rail"
        role="progressbar"
        aria-label={message}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent && !isExpected ? percent : undefined}
      />
    </div>
  )
}
