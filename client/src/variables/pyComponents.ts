/** The py_components of a page: functions of the app that render its slots. No React. */

import type { Fragment, Node, RenderCall } from '../fragments'
import { Observable, type Unsubscribe } from '../observable'
import type { Calls, Inputs } from '../sync/calls'
import { FRESH, type Freshness } from '../sync/freshness'
import { LiveCall } from '../sync/liveCall'
import type { Replicas } from '../sync/replicas'

/** The app, as far as py_components need it. */
export interface Host {
  readonly calls: Calls
  readonly graph: Inputs
  readonly replicas: Replicas
  addFragment(id: string, fragment: Fragment, slot: string | null): void
  removeFragment(id: string, slot: string | null): void
  /** Tells the server that a slot is removed. */
  release(slot: string): void
}

/** The state of a py_component as it is drawn. */
export interface RunState {
  /** The newest result; `null` before the first. */
  fragment: Fragment | null
  freshness: Freshness
}

const FIRST: Freshness = { isLoading: true, error: null, since: null }

/** A py_component that was unmounted with unsent edits in its slot. */
interface Removed {
  render: RenderCall
  of: string | null
}

/** All py_components of a tab, also the unmounted ones whose edits are not saved yet. */
export class PyComponents {
  readonly #host: Host
  readonly #mounted = new Map<string, PyComponentRun>()
  readonly #removed = new Map<string, Removed>()
  readonly #reviving = new Set<string>()

  constructor(host: Host) {
    this.#host = host
  }

  /** Create the run of a slot; `preload` fetches the code that draws nodes. */
  create(slot: string, preload: (nodes: readonly Node[]) => Promise<void>): PyComponentRun {
    return new PyComponentRun(slot, this.#host, preload, {
      mounted: (run) => {
        this.#removed.delete(slot)
        this.#mounted.set(slot, run)
      },
      unmounted: (run) => {
        if (this.#mounted.get(slot) === run) this.#mounted.delete(slot)
        if (run.render) this.#removed.set(slot, { render: run.render, of: run.of })
        this.releaseSaved()
      },
    })
  }

  /** Render all slots of the pages for a new connection, which knows none. Slots inside them follow. */
  reconnected(): void {
    for (const run of this.#mounted.values()) if (run.of === null) run.again()
    for (const slot of this.#host.replicas.unsentSlots) void this.#revive(slot)
  }

  /** Release the removed slots once all edits in them are answered. */
  releaseSaved(): void {
    if (this.#removed.size === 0 || this.#host.replicas.unsentSlots.size > 0) return
    for (const slot of this.#removed.keys()) {
      this.#host.removeFragment(slot, slot)
      this.#host.release(slot)
    }
    this.#removed.clear()
  }

  /** Render a removed slot, so that the server takes the edits in it. */
  async #revive(slot: string): Promise<void> {
    const removed = this.#removed.get(slot)
    if (!removed || this.#reviving.has(slot)) return
    this.#reviving.add(slot)
    const { calls, graph, replicas } = this.#host
    const { render, of } = removed
    if (of !== null) void this.#revive(of)
    try {
      const known = render.inputs.flatMap((ref) => graph.replicas(ref))
      const inputs = () => render.inputs.map((ref) => graph.input(ref))
      const fragment = await calls.startWhenPossible({ target: render.target, of, slot }, known, inputs)
      if (this.#removed.has(slot)) this.#host.addFragment(slot, fragment as unknown as Fragment, slot)
    } catch (error) {
      // Without a connection the next one starts another attempt.
      if ((error as { code?: string }).code !== 'disconnected') replicas.abandonSlot(slot)
    } finally {
      this.#reviving.delete(slot)
    }
  }
}

interface Registry {
  mounted: (run: PyComponentRun) => void
  unmounted: (run: PyComponentRun) => void
}

/** One py_component of the page. */
export class PyComponentRun {
  readonly slot: string
  readonly shown = new Observable<RunState>({ fragment: null, freshness: FIRST })
  readonly #host: Host
  readonly #preload: (nodes: readonly Node[]) => Promise<void>
  readonly #registry: Registry
  #live: LiveCall | null = null
  #render: RenderCall | null = null
  #of: string | null = null
  /** The fragment that defined the call last; another one of the same slot means another function. */
  #definer: unknown = null
  #isMounted = false
  /** The number of results, with which an overtaken one is recognized. */
  #results = 0
  /** The number of the result on show. */
  #drawn = 0

  constructor(slot: string, host: Host, preload: (nodes: readonly Node[]) => Promise<void>, registry: Registry) {
    this.slot = slot
    this.#host = host
    this.#preload = preload
    this.#registry = registry
  }

  get render(): RenderCall | null {
    return this.#render
  }

  get of(): string | null {
    return this.#of
  }

  /** Set the call that renders the slot, defined by the fragment `definer` in the slot `of`. */
  define(render: RenderCall, of: string | null, definer: unknown): void {
    const isNew = of !== null && definer !== this.#definer
    if (!isNew && render === this.#render) return
    this.#render = render
    this.#of = of
    this.#definer = definer
    const task = { ...render, of, slot: this.slot, deps: null }
    if (this.#live) {
      this.#live.redefine(task, isNew)
      return
    }
    this.#live = new LiveCall(task, this.#host.calls, this.#host.graph, {
      onResult: (result) => void this.#onResult(result as unknown as Fragment),
      onState: () => this.#onState(),
    })
    if (this.#isMounted) this.#live.start()
  }

  mount(): Unsubscribe {
    this.#isMounted = true
    this.#registry.mounted(this)
    this.#live?.start()
    return () => {
      this.#isMounted = false
      this.#drawn = ++this.#results
      this.#live?.stop()
      this.#live = this.#definer = null
      this.#host.removeFragment(this.slot, this.slot)
      this.#registry.unmounted(this)
      this.#render = null
    }
  }

  /** Render again without a change. */
  again(): void {
    this.#live?.again()
  }

  /** Add the fragment at once, and show it when its code is loaded. */
  async #onResult(fragment: Fragment): Promise<void> {
    const result = ++this.#results
    this.#host.addFragment(this.slot, fragment, this.slot)
    await this.#preload(fragment.nodes).catch(() => {}) // a chunk is fetched again when it is drawn
    if (result !== this.#results) return
    this.#drawn = result
    this.shown.set({ fragment, freshness: this.#live?.freshness ?? FRESH })
  }

  #onState(): void {
    if (this.#drawn !== this.#results) return // the result that is on its way to the page is no longer loading
    const { fragment } = this.shown.get()
    this.shown.set({ fragment, freshness: this.#live?.freshness ?? FRESH })
  }
}
