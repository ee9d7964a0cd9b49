/**
 * A table whose rows are on the server. The tab has windows of one version of it, near the rows in view.
 *
 * A live call asks for the newest version whenever an input changes; the other calls ask for rows of the version that
 * is shown. An answer of another version replaces all windows, so that no two versions are ever mixed.
 */

import { equal } from '../../edits'
import type { Json, Rows, Window, WireQuery } from '../../protocol'
import { outagePause } from '../../sync/backoff'
import type { Call, CallFailed } from '../../sync/calls'
import type { Freshness } from '../../sync/freshness'
import { LiveCall, type Task } from '../../sync/liveCall'
import type { Computation } from '../../variables/derived'
import { withLongNumbers } from './columnWidths'
import { RowWindows, type TableRow, WINDOW_ROWS } from './rowWindows'
import type { IndexedRow } from './table'

/** The rows before and behind those in view that are fetched before they are reached. */
const AHEAD = 150
const MAX_ROWS = 500
/** The pause between two requests while a user drags the scroll bar. */
const PAUSE_MS = 50
const RETRY_MS = 1000
/** The failures that pass: the same rows are asked for again. */
const PASSING: ReadonlySet<string> = new Set(['backend', 'lost'])

export type TableColumn = NonNullable<Rows['columns']>[number]

/** A call for rows, and the positions and the query for which it was made. */
interface Fetch {
  call: Call
  start: number
  end: number
  query: WireQuery
}

export class ServerTable {
  readonly #computation: Computation
  readonly #onChange: () => void
  readonly #live: LiveCall
  #query: WireQuery = {}
  /** The query with which the live call was made. */
  #liveQuery: WireQuery = {}
  #windows: RowWindows | null = null
  /** The newest version, or the value itself if it is no table. */
  #newest: Json = null
  #fetch: Fetch | null = null
  #view = { first: 0, end: WINDOW_ROWS }
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopWaiting = () => {}
  #detach = () => {}
  /** The failure for which the rows that are wanted have not come. */
  #failure: Freshness | null = null
  /** The number of passing failures in a row. */
  #outages = 0
  /** The columns of the version that is shown. */
  columns: readonly TableColumn[] = []
  /** The number of all rows. */
  total = 0
  /** The value, if it is no table, or so small that the tab has all of it. */
  whole: Json | undefined
  /** Some rows, from which the widths of the columns are derived. */
  sample: readonly Record<string, Json>[] = []

  /** `onChange` is called when something that is shown has changed. */
  constructor(computation: Computation, onChange: () => void) {
    this.#computation = computation
    this.#onChange = onChange
    const { task, calls, inputs } = computation
    this.#live = new LiveCall(task, calls, inputs, {
      onResult: (result, isRepeated) => this.#onNewest(result, isRepeated),
      onState: () => {
        this.#onChange()
        computation.announce(false)
      },
      wanted: () => {
        this.#liveQuery = this.#query
        const start = Math.max(0, Math.floor((this.#view.first - AHEAD) / WINDOW_ROWS) * WINDOW_ROWS)
        return { window: this.#window(start, 3 * WINDOW_ROWS, undefined) }
      },
    })
  }

  start(): void {
    this.#detach = this.#computation.attach(this)
    this.#live.start()
  }

  stop(): void {
    this.#live.stop()
    this.#cancel()
    this.#stopWaiting()
    this.#detach()
  }

  trigger(isForced: boolean): void {
    if (isForced) this.#live.trigger()
    else this.#live.again()
  }

  redefine(task: Task, isNew: boolean): void {
    this.#live.redefine(task, isNew)
  }

  /** True while the rows are not those of the newest version and query. */
  get isBusy(): boolean {
    if (this.freshness.isLoading) return true
    if (this.#failure) return false
    return this.whole === undefined && (this.#windows === null || !this.#isCurrent(this.#windows))
  }

  /** The freshness of the rows that are shown. */
  get freshness(): Freshness {
    const { freshness } = this.#live
    return freshness.isLoading ? freshness : (this.#failure ?? freshness)
  }

  /** True once there is something to show. */
  get isReady(): boolean {
    return this.whole !== undefined || this.#windows !== null
  }

  /** The rows that the tab has of the query and the version that are shown. */
  get windows(): object | null {
    return this.#windows
  }

  /** The number of rows that the query finds. */
  get found(): number {
    return this.#windows?.found ?? 0
  }

  /** The number of lines, which are rows and groups. */
  get count(): number {
    return this.#windows?.count ?? 0
  }

  at(position: number): TableRow | null {
    return this.#windows?.at(position) ?? null
  }

  /** Ask for other rows, or for another order. */
  ask(query: WireQuery): void {
    if (equal(query as Json, this.#query as Json)) return
    this.#query = query
    this.#failure = null
    this.#onChange()
    this.#next()
  }

  /** Announce the positions in view. */
  show(first: number, end: number): void {
    if (first === this.#view.first && end === this.#view.end) return
    this.#view = { first, end }
    this.#next()
  }

  /** Return the distinct values of a column, those that are first in order. */
  async valuesOf(column: string): Promise<Json[]> {
    const window = { ...this.#window(0, 0, this.#windows?.version), values_of: column }
    const { result } = this.#computation.calls.start({ ...this.#request(), window })
    return ((await result) as unknown as Rows).values ?? []
  }

  /** Return the rows from `first` to before `end`, also those that have not come. Throws an error for the user. */
  async between(first: number, end: number): Promise<readonly IndexedRow[]> {
    const windows = this.#windows
    if (!windows) return []
    const { farRows } = await import('./farRows')
    return farRows(windows, first, end, async (start, count) => {
      const window = { ...this.#window(start, count, windows.version), query: windows.query }
      return (await this.#computation.calls.start({ ...this.#request(), window }).result) as unknown as Rows
    })
  }

  /** Return the rows that have some values in a column; with `isFound` those that the query finds. Throws an error. */
  async withValues(column: string, values: readonly Json[], isFound: boolean): Promise<readonly IndexedRow[]> {
    const windows = this.#windows
    if (!windows) return []
    const { group: _, orders: __, ...filtered } = isFound ? windows.query : {}
    const { rowsWithValues } = await import('./farRows')
    return rowsWithValues(windows, filtered, column, values, async (query, count) => {
      const window = { ...this.#window(0, count, windows.version), query }
      return (await this.#computation.calls.start({ ...this.#request(), window }).result) as unknown as Rows
    })
  }

  /** Have the server send a file with all rows that the query finds. */
  async export(file: NonNullable<Window['export']>): Promise<void> {
    const window = { ...this.#window(0, 0, this.#windows?.version), export: file }
    await this.#computation.calls.start({ ...this.#request(), window }).result
  }

  #isCurrent({ query }: RowWindows): boolean {
    return equal(query as Json, this.#query as Json)
  }

  #window(start: number, count: number, version: string | undefined) {
    return {
      start,
      count,
      query: this.#query,
      path: this.#computation.path(),
      ...(version !== undefined && { version }),
    }
  }

  #request() {
    const { target, of, inputs } = this.#live.task
    return { target, of, inputs: inputs.map((ref) => this.#computation.inputs.input(ref)) }
  }

  /** Ask for the rows that are needed next, unless they are being fetched. */
  #next(): void {
    const windows = this.#windows
    if (!windows) return
    const wanted = this.#wanted(windows)
    if (!wanted) return
    const { start, count } = wanted
    if (this.#fetch) {
      const isSame = equal(this.#fetch.query as Json, this.#query as Json)
      if (isSame && this.#fetch.start <= start && start < this.#fetch.end) return
      this.#cancel()
      // The user is dragging the scroll bar, or typing.
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#next()
      }, PAUSE_MS)
      return
    }
    if (this.#timer !== undefined) return
    if (!this.#computation.calls.isPossible(this.#live.task.of, [])) {
      this.#stopWaiting()
      this.#stopWaiting = this.#computation.calls.whenChanged(() => this.#next())
      return
    }
    this.#start(start, count, windows.version)
  }

  /** Return the rows that are needed next: those in view first, then those before and behind. */
  #wanted(windows: RowWindows): { start: number; count: number } | null {
    const { first, end } = this.#view
    if (!this.#isCurrent(windows)) {
      const start = Math.floor(first / WINDOW_ROWS) * WINDOW_ROWS
      return { start, count: Math.min(MAX_ROWS, end - start + WINDOW_ROWS) }
    }
    return windows.missing(first, end, MAX_ROWS) ?? windows.missing(first - AHEAD, end + AHEAD, MAX_ROWS)
  }

  #start(start: number, count: number, version: string): void {
    const query = this.#query
    const call = this.#computation.calls.start({ ...this.#request(), window: this.#window(start, count, version) })
    const fetch = { call, start, end: start + count, query }
    this.#fetch = fetch
    call.result.then(
      (result) => {
        if (this.#fetch !== fetch) return
        this.#fetch = null
        this.#adopt(result, query)
      },
      (error: CallFailed) => {
        if (this.#fetch !== fetch) return
        this.#fetch = null
        this.#onFailed(error)
      },
    )
  }

  /** Adopt the newest version, in place of the rows of the one before. */
  #onNewest(result: Json, isRepeated: boolean): void {
    const newest = rowsIn(result)?.version ?? result
    const isOther = isRepeated && !equal(newest, this.#newest)
    this.#newest = newest
    this.#cancel()
    this.#adopt(result, this.#liveQuery)
    if (isOther) this.#computation.announce(true)
  }

  #adopt(result: Json, query: WireQuery): void {
    this.#failure = null
    this.#outages = 0
    const rows = rowsIn(result)
    if (!rows || rows.whole) {
      this.#windows = null
      this.whole = rows ? (rows.rows as Json) : result
      this.#setColumns(rows?.columns ?? [], rows?.total === 0)
      return this.#onChange()
    }
    this.whole = undefined
    this.total = rows.total
    if (rows.columns) this.#setColumns(rows.columns, rows.total === 0)
    const known = this.#windows
    if (!known || known.version !== rows.version || !equal(known.query as Json, query as Json)) {
      this.#windows = new RowWindows(
        query,
        rows.version,
        this.columns.map(([name]) => name),
      )
    }
    const windows = this.#windows as RowWindows
    windows.add(rows)
    windows.dropFar(this.#view.first)
    const added = sampleOf(windows, rows)
    this.sample = this.sample.length > 0 ? withLongNumbers(this.sample, added) : added
    this.#onChange()
    this.#next()
  }

  #setColumns(columns: readonly TableColumn[], isEmpty: boolean): void {
    const isSame = isEmpty // The columns of no rows say less than those that were there before.
      ? equal(columns.map(nameOf), this.columns.map(nameOf))
      : equal([...columns], [...this.columns])
    if (isSame) return
    this.columns = columns
    this.sample = []
  }

  #onFailed(error: CallFailed): void {
    const { code } = error
    if (code === 'cancelled') return
    if (code === 'disconnected') {
      this.#stopWaiting()
      this.#stopWaiting = this.#computation.calls.whenChanged(() => this.#next())
      return
    }
    const isPassing = PASSING.has(code)
    if (code !== 'rate') {
      this.#failure = { isLoading: false, error, since: this.#failure?.since ?? Date.now() }
      this.#onChange()
      if (!isPassing) return
    }
    const pause = isPassing ? outagePause(this.#outages++) : RETRY_MS
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#next()
    }, pause)
  }

  #cancel(): void {
    const fetch = this.#fetch
    this.#fetch = null
    fetch?.call.cancel()
  }
}

function rowsIn(result: Json): Rows | null {
  const isTable = result !== null && typeof result === 'object' && !Array.isArray(result) && 'version' in result
  return isTable ? (result as unknown as Rows) : null
}

function nameOf([name]: TableColumn): string {
  return name
}

function sampleOf(windows: RowWindows, { start, rows }: Rows): Record<string, Json>[] {
  const known = rows.flatMap((row, at) => (Array.isArray(row) ? [windows.at(start + at)] : []))
  return known.flatMap((row) => (row ? [row.row] : []))
}
