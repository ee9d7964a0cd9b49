/** The parts of a page that functions of the app draw: py_components. No React. */

import { DRAWING } from '../messages'
import { Observable, type Unsubscribe } from '../observable'
import type { Fragment, Node, RenderCall } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import { LiveCall } from '../sync/liveCall'
import type { Replicas } from '../sync/replicas'

/** What parts need of the app. */
export interface Stage {
  readonly calls: Calls
  readonly graph: Inputs
  readonly replicas: Replicas
  addFragment(id: string, fragment: Fragment, slot: string | null): void
  removeFragment(id: string, slot: string | null): void
  /** Tell the server that the slot is gone. */
  release(slot: string): void
  notify(message: string, status: 'error', title: string): void
}

/** What a part shows. */
export interface RunState {
  /** Its newest result; `null` before the first. */
  fragment: Fragment | null
  /** Why there is no first result. */
  error: string | null
  isBusy: boolean
}

interface Gone {
  render: RenderCall
  of: string | null
}

/** All parts of a tab, and those that are gone but have edits that are not saved yet. */
export class PyComponents {
  readonly #stage: Stage
  readonly #mounted = new Map<string, PyComponentRun>()
  readonly #gone = new Map<string, Gone>()
  readonly #reviving = new Set<string>()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** The part at `slot`; `preload` fetches the code that draws nodes. */
  part(slot: string, preload: (nodes: readonly Node[]) => Promise<void>): PyComponentRun {
    return new PyComponentRun(slot, this.#stage, preload, {
      mounted: (part) => {
        this.#gone.delete(slot)
        this.#mounted.set(slot, part)
      },
      unmounted: (part) => {
        if (this.#mounted.get(slot) === part) this.#mounted.delete(slot)
        if (part.render) this.#gone.set(slot, { render: part.render, of: part.of })
        this.settled()
      },
    })
  }

  /** A new connection knows of no slot: all are rendered anew, those inside others when these have been. */
  reconnected(): void {
    for (const part of this.#mounted.values()) if (part.of === null) part.again()
    for (const slot of this.#stage.replicas.unsentSlots) void this.#revive(slot)
  }

  /** Edits were settled: what was only kept for them is forgotten. */
  settled(): void {
    if (this.#gone.size === 0 || this.#stage.replicas.unsentSlots.size > 0) return
    for (const slot of this.#gone.keys()) {
      this.#stage.removeFragment(slot, slot)
      this.#stage.release(slot)
    }
    this.#gone.clear()
  }

  /** Render a part that is gone, so that the server takes what was edited in it. */
  async #revive(slot: string): Promise<void> {
    const gone = this.#gone.get(slot)
    if (!gone || this.#reviving.has(slot)) return
    this.#reviving.add(slot)
    const { calls, graph, replicas } = this.#stage
    const { render, of } = gone
    if (of !== null) void this.#revive(of)
    try {
      const known = render.inputs.flatMap((ref) => graph.replicas(ref))
      const inputs = () => render.inputs.map((ref) => graph.input(ref))
      const fragment = await calls.startWhenPossible({ target: render.target, of, slot }, known, inputs)
      if (this.#gone.has(slot)) this.#stage.addFragment(slot, fragment as unknown as Fragment, slot)
    } catch (error) {
      // Without a connection it is tried again with the next one.
      if ((error as { code?: string }).code !== 'disconnected') replicas.abandonSlot(slot)
    } finally {
      this.#reviving.delete(slot)
    }
  }
}

interface Register {
  mounted: (part: PyComponentRun) => void
  unmounted: (part: PyComponentRun) => void
}

/** One py_component of the page. */
export class PyComponentRun {
  readonly slot: string
  readonly shown = new Observable<RunState>({ fragment: null, error: null, isBusy: true })
  readonly #stage: Stage
  readonly #preload: (nodes: readonly Node[]) => Promise<void>
  readonly #register: Register
  #live: LiveCall | null = null
  #render: RenderCall | null = null
  #of: string | null = null
  #definer: unknown = null
  #isMounted = false
  #results = 0

  constructor(slot: string, stage: Stage, preload: (nodes: readonly Node[]) => Promise<void>, register: Register) {
    this.slot = slot
    this.#stage = stage
    this.#preload = preload
    this.#register = register
  }

  get render(): RenderCall | null {
    return this.#render
  }

  get of(): string | null {
    return this.#of
  }

  /** What draws it, defined by the fragment `definer` at the slot `of`. */
  define(render: RenderCall, of: string | null, definer: unknown): void {
    const isNew = of !== null && definer !== this.#definer
    if (!isNew && render === this.#render) return
    this.#render = render
    this.#of = of
    this.#definer = definer
    const task = { ...render, of, slot: this.slot, deps: null }
    if (this.#live) return this.#live.redefine(task, isNew)
    this.#live = new LiveCall(task, this.#stage.calls, this.#stage.graph, {
      onResult: (result) => void this.#onResult(result as unknown as Fragment),
      onState: () => this.#onState(),
    })
    if (this.#isMounted) this.#live.start()
  }

  mount(): Unsubscribe {
    this.#isMounted = true
    this.#register.mounted(this)
    this.#live?.start()
    return () => {
      this.#isMounted = false
      this.#results++
      this.#live?.stop()
      this.#live = this.#definer = null
      this.#stage.removeFragment(this.slot, this.slot)
      this.#register.unmounted(this)
      this.#render = null
    }
  }

  /** Render again although nothing has changed. */
  again(): void {
    this.#live?.again()
  }

  /** Its server side is there at once; it shows once its code is there too. */
  async #onResult(fragment: Fragment): Promise<void> {
    const result = ++this.#results
    this.#stage.addFragment(this.slot, fragment, this.slot)
    await this.#preload(fragment.nodes).catch(() => {}) // a chunk is fetched again when it is drawn
    if (result === this.#results) this.shown.set({ fragment, error: null, isBusy: this.#live?.isBusy === true })
  }

  #onState(): void {
    const { fragment } = this.shown.get()
    const { isBusy = false, error = null } = this.#live ?? {}
    if (error && fragment) this.#stage.notify(error.message, 'error', DRAWING.stalePart)
    this.shown.set({ fragment, error: fragment ? null : (error?.message ?? null), isBusy })
  }
}
