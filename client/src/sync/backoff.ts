/** The pauses between attempts at something that fails. */

const OUTAGE_MS = [1000, 2000, 4000, 5000]
const RECONNECT_MS = [50, 100, 250, 500, 1000, 2000, 5000]

/** Return the pause before a request is repeated that failed because a part of the server is out of order. */
export function outagePause(earlierFailures: number): number {
  return pauseOf(OUTAGE_MS, earlierFailures)
}

/** Return the pause before a connection is replaced. The caller randomizes it. */
export function reconnectPause(earlierFailures: number): number {
  return pauseOf(RECONNECT_MS, earlierFailures)
}

function pauseOf(pauses: readonly number[], index: number): number {
  return pauses[Math.min(index, pauses.length - 1)] as number
}
