/** The freshness of values that the server computes. */

import type { Progress } from '../protocol'
import type { CallFailed } from './calls'

export interface Freshness {
  /** True while a newer value is on its way: the present one belongs to older inputs. */
  readonly isLoading: boolean
  /** The failure for which there is no newer value; `null` once a run has succeeded. */
  readonly error: CallFailed | null
  /** The time, in milliseconds, since which the value is out of date; `null` for one that is up to date. */
  readonly since: number | null
  /** The job for which the newer value waits. */
  readonly job?: Job
}

/** A job of the server; `cancel` ends it unless others wait for it. */
export interface Job extends Progress {
  cancel: () => void
}

export const FRESH: Freshness = { isLoading: false, error: null, since: null }

/** Return the worst of several: a failure, then a value on its way, best one with a job. */
export function worstOf(all: readonly Freshness[]): Freshness {
  return all.find(({ error }) => error) ?? all.find(({ job }) => job) ?? all.find(({ isLoading }) => isLoading) ?? FRESH
}
