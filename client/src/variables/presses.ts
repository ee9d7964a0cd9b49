/** The texts of variables when the user pressed a key or a button, as the actions of that press see them. */

import { apply, diff, rebase } from '../edits'
import type { Json, Ops } from '../protocol'
import type { Source } from './source'

const DRAWING_MS = 300

/** The texts at one press, by the places of their variables. */
export class PressedTexts {
  readonly #at = performance.now()
  readonly #texts: Map<string, string>
  /** The place of the text that the pressed component passes to its actions. */
  readonly #own: string | null

  constructor(texts: Map<string, string>, own: string | null) {
    this.#texts = texts
    this.#own = own
  }

  /** The milliseconds since the press. */
  get waited(): number {
    return Math.round(performance.now() - this.#at)
  }

  of({ place }: Source): string | undefined {
    return this.#texts.get(place)
  }

  /** Return the input of the actions: the text of the pressed component, without what earlier actions have removed. */
  input(given: Json): Json {
    return (this.#own === null ? undefined : this.#texts.get(this.#own)) ?? given
  }

  /** Follow a change that an action has made of the text `before`, from which the text here has grown. */
  follow({ place }: Source, before: string, change: Ops): void {
    const text = this.#texts.get(place)
    if (text !== undefined) this.#texts.set(place, apply(text, rebase(change, diff(before, text))) as string)
  }
}

/**
 * The presses whose actions have not ended. While an action runs, its user goes on typing, and may press again: when it
 * changes the text that it was given, for instance clears it, what was typed since is kept.
 */
export class Presses {
  readonly #open = new Set<PressedTexts>()
  #endedAt = Number.NEGATIVE_INFINITY

  /** True while an action runs, and a moment longer, in which its changes are drawn. */
  get isRunning(): boolean {
    return this.#open.size > 0 || performance.now() - this.#endedAt < DRAWING_MS
  }

  /** Note the texts at a press; `own` is the variable of the pressed component, which passes `input` to its actions. */
  begin(sources: readonly Source[], own: Source | null, input: Json): PressedTexts {
    const texts = new Map<string, string>()
    for (const source of own ? [own, ...sources] : sources) {
      const text = source.get()
      if (typeof text === 'string') texts.set(source.place, text)
    }
    const pressed = new PressedTexts(texts, own && texts.get(own.place) === input ? own.place : null)
    this.#open.add(pressed)
    return pressed
  }

  end(pressed: PressedTexts): void {
    this.#open.delete(pressed)
    this.#endedAt = performance.now()
  }

  /** Set a variable for an action. */
  set(source: Source, value: Json): void {
    if (!this.#change(source, value)) source.set(value)
  }

  /** Reset a variable for an action. */
  reset(source: Source): void {
    if (!this.#change(source, source.fallback)) source.reset()
  }

  /** Change a text that has grown since it was given to an action; return false if it has not. */
  #change(source: Source, value: Json): boolean {
    const open = [...this.#open]
    const before = open.map((each) => each.of(source)).find((text) => text !== undefined)
    const present = source.get()
    if (before === undefined || typeof value !== 'string' || typeof present !== 'string') return false
    const change = diff(before, value)
    for (const each of open) each.follow(source, before, change)
    if (before === present) return false
    source.edit(rebase(change, diff(before, present)))
    return true
  }
}
