/**
 * What can be undone: a tab's own edits of one value, by the places where they were made.
 *
 * Each place has a chain of steps. The newest step says how to take back its edit as things were right after it, and
 * what others have done since; each older one, as things would be once the newer ones were taken back. So what others do
 * is noted with the newest step alone, and handed down when that is undone. Edits in one chain are others' for the rest.
 */

import { apply, compose, equal, follow, InvalidEdit, invert, isBeginning, isWithin, rebase, samePath } from '../edits'
import type { Json, Op, Ops, Path, Value } from '../protocol'

/** What is typed without a longer pause is one step. */
const PAUSE_MS = 700
const LONGEST_CHAIN = 100
/** Past this many ops of others, it is forgotten what was done before them. */
const LONGEST_OVER = 1000
const MOST_CHAINS = 200

interface Step {
  /** Takes the edit back. */
  back: Ops
  /** The edit. */
  done: Ops
  /** What has happened since. */
  over: Ops
  number: number
  at: number
}

interface Chain {
  path: Path
  undo: Step[]
  redo: Step[]
}

type Way = 'undo' | 'redo'

export class UndoHistory {
  readonly #fallback: Json
  #chains: Chain[] = []
  #number = 0

  constructor(fallback: Json) {
    this.#fallback = fallback
  }

  /** The tab has edited `view` at `path`. */
  record(path: Path, view: Value, ops: Ops): void {
    const chain = this.#chainAt(path)
    const step = this.#step(view, ops)
    this.#happenedElsewhere(chain, ops)
    chain.redo = []
    const last = chain.undo.at(-1)
    if (last && isTyping(last) && isTyping(step) && step.at - last.at < PAUSE_MS && isOneText(last, step)) {
      settle(chain.undo)
      last.back = [...compose(step.back, last.back.filter(isSplice)), ...last.back.filter((op) => !isSplice(op))]
      last.done = compose(last.done, step.done)
      last.at = step.at
      last.number = step.number
    } else push(chain.undo, step)
  }

  /** Somebody else has, or the server. */
  recordRemote(ops: Ops): void {
    this.#happenedElsewhere(null, ops)
  }

  clear(): void {
    this.#chains = []
  }

  /** Ops that take back the newest edit at or below `path`; `null` if there is none. They count as made. */
  undo(path: Path, view: Value): Ops | null {
    return this.#travel(path, view, 'undo', 'redo')
  }

  redo(path: Path, view: Value): Ops | null {
    return this.#travel(path, view, 'redo', 'undo')
  }

  #travel(path: Path, view: Value, from: Way, to: Way): Ops | null {
    for (;;) {
      const chain = this.#newest(path, from)
      const step = chain?.[from].pop()
      if (!chain || !step) return null
      const [ops, over] = takenBack(step)
      captureRejections(chain[from], over)
      if (ops.length === 0 || !this.#changes(view, ops)) continue
      push(chain[to], this.#step(view, ops))
      this.#happenedElsewhere(chain, ops)
      return ops
    }
  }

  #changes(view: Value, ops: Ops): boolean {
    try {
      return !equal(apply(view, ops, this.#fallback), view)
    } catch (error) {
      if (error instanceof InvalidEdit) return false
      throw error
    }
  }

  #step(view: Value, ops: Ops): Step {
    const back = invert(view, ops, this.#fallback)
    return { back, done: ops, over: [], number: ++this.#number, at: Date.now() }
  }

  #newest(path: Path, way: Way): Chain | undefined {
    const number = (chain: Chain) => chain[way].at(-1)?.number ?? 0
    const within = this.#chains.filter((chain) => chain[way].length > 0 && isWithin(chain.path, path))
    return within.reduce<Chain | undefined>(
      (newest, chain) => (newest && number(newest) > number(chain) ? newest : chain),
      undefined,
    )
  }

  #chainAt(path: Path): Chain {
    const known = this.#chains.find((chain) => chain.path.length === path.length && isWithin(chain.path, path))
    if (known) return known
    const chain: Chain = { path, undo: [], redo: [] }
    this.#chains = [...this.#chains, chain].slice(-MOST_CHAINS)
    return chain
  }

  #happenedElsewhere(than: Chain | null, ops: Ops): void {
    this.#chains = this.#chains.filter((chain) => {
      if (chain === than) return true
      const path = follow(chain.path, ops)
      if (!path) return false
      chain.path = path
      captureRejections(chain.undo, ops)
      captureRejections(chain.redo, ops)
      return chain.undo.length > 0 || chain.redo.length > 0
    })
  }
}

/** Ops that take back the step as things are now, and what has happened since, as it looks once they have. */
function takenBack({ back, done, over }: Step): [Ops, Ops] {
  const begun = done.filter(isBeginning)
  const within = back.filter((op) => isSplice(op) || !begun.some(({ path }) => samePath(path, op.path)))
  return harmless(back, over) ?? harmless(within, over) ?? [[], compose(done, over)]
}

/** The same, of ops that take it back; `null` if others lose by that. */
function harmless(back: Ops, over: Ops): [Ops, Ops] | null {
  const ops = rebase(back, over, { earlier: true })
  const rest = rebase(over, back)
  // A thing that was added goes only if nobody has written in it, and one that was moved never.
  return written(rest) < written(over) || removals(ops) > removals(back) ? null : [ops, rest]
}

/** Make the newest step one that is taken back as things are now. */
function settle(steps: Step[]): void {
  const step = steps.at(-1)
  if (!step || step.over.length === 0) return
  const { back, done, over } = step
  const rest = rebase(over, back)
  step.back = rebase(back, over, { earlier: true })
  step.done = rebase(done, rest)
  step.over = []
  captureRejections(steps, rest, steps.length - 2)
}

/** Others have done `ops` since one of `steps`, the newest if not another. */
function captureRejections(steps: Step[], ops: Ops, place = steps.length - 1): void {
  const step = steps[place]
  if (!step) return
  step.over = compose(step.over, ops).filter((op) => op.op !== 'splice' || op.delete > 0 || op.insert !== '')
  if (step.over.length > LONGEST_OVER) steps.splice(0, place + 1)
}

function push(steps: Step[], step: Step): void {
  steps.push(step)
  if (steps.length > LONGEST_CHAIN) steps.shift()
}

/** Whether text was typed, perhaps into one that was begun with it: taken back, it is the letters first. */
function isTyping({ done }: Step): boolean {
  return done.every((op) => isSplice(op) || isBeginning(op))
}

function isSplice(op: Op): boolean {
  return op.op === 'splice'
}

function isOneText(one: Step, other: Step): boolean {
  const place = (step: Step) => JSON.stringify(step.done.at(-1)?.path)
  return place(one) === place(other)
}

/** How many ops have written something. */
function written(ops: Ops): number {
  return ops.filter((op: Op) => (op.op === 'splice' ? op.insert !== '' : op.op !== 'remove')).length
}

function removals(ops: Ops): number {
  return ops.filter(({ op }) => op === 'remove').length
}
