/**
 * The undo history of a value: this tab's own edits, in a chain for each path at which they were made.
 *
 * The newest step of a chain holds the ops that take its edit back, valid right after the edit, and the ops of others
 * since. Each older step is valid once the newer ones are taken back. So the ops of others are recorded with the newest
 * step alone, and handed down to the next when that is undone. For a chain, the edits in other chains count as others'.
 */

import { apply, compose, equal, follow, InvalidEdit, invert, isBeginning, isWithin, rebase, samePath } from '../edits'
import type { Json, Op, Ops, Path, Value } from '../protocol'

/** The longest pause between two keystrokes of one step. */
const PAUSE_MS = 700
const MAX_STEPS = 100
/** The number of others' ops after which the steps before them are forgotten. */
const MAX_OVER = 1000
const MAX_CHAINS = 200

interface Step {
  /** The ops that take the edit back. */
  back: Ops
  /** The edit itself. */
  done: Ops
  /** The ops of others since. */
  over: Ops
  /** The order of steps across chains. */
  number: number
  /** The time of the edit, or of its last keystroke. */
  at: number
}

interface Chain {
  path: Path
  undo: Step[]
  redo: Step[]
}

type Direction = 'undo' | 'redo'

export class UndoHistory {
  readonly #fallback: Json
  #chains: Chain[] = []
  #number = 0

  constructor(fallback: Json) {
    this.#fallback = fallback
  }

  /** Record this tab's edit of `view`, made at `path`. */
  record(path: Path, view: Value, ops: Ops): void {
    const chain = this.#chainAt(path)
    const step = this.#step(view, ops)
    this.#recordElsewhere(chain, ops)
    chain.redo = []
    const last = chain.undo.at(-1)
    if (last && isTyping(last) && isTyping(step) && step.at - last.at < PAUSE_MS && haveOneTarget(last, step)) {
      bringUpToDate(chain.undo)
      last.back = [...compose(step.back, last.back.filter(isSplice)), ...last.back.filter((op) => !isSplice(op))]
      last.done = compose(last.done, step.done)
      last.at = step.at
      last.number = step.number
    } else push(chain.undo, step)
  }

  /** Record an edit that this tab did not make. */
  recordRemote(ops: Ops): void {
    this.#recordElsewhere(null, ops)
  }

  clear(): void {
    this.#chains = []
  }

  /** Return the ops that take back the newest edit at or below `path`, and count them as made; `null` without one. */
  undo(path: Path, view: Value): Ops | null {
    return this.#move(path, view, 'undo', 'redo')
  }

  /** Return the ops that repeat the edit undone last at or below `path`, and count them as made; `null` without one. */
  redo(path: Path, view: Value): Ops | null {
    return this.#move(path, view, 'redo', 'undo')
  }

  #move(path: Path, view: Value, from: Direction, to: Direction): Ops | null {
    for (;;) {
      const chain = this.#newest(path, from)
      const step = chain?.[from].pop()
      if (!chain || !step) return null
      const [ops, over] = opsBack(step)
      recordOver(chain[from], over)
      if (ops.length === 0 || !this.#changes(view, ops)) continue
      push(chain[to], this.#step(view, ops))
      this.#recordElsewhere(chain, ops)
      return ops
    }
  }

  /** Return whether the ops apply to `view` and change it. */
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

  /** Return the chain at or below `path` with the newest step. */
  #newest(path: Path, direction: Direction): Chain | undefined {
    const number = (chain: Chain) => chain[direction].at(-1)?.number ?? 0
    const chains = this.#chains.filter((chain) => chain[direction].length > 0 && isWithin(chain.path, path))
    return chains.reduce<Chain | undefined>(
      (newest, chain) => (newest && number(newest) > number(chain) ? newest : chain),
      undefined,
    )
  }

  #chainAt(path: Path): Chain {
    const known = this.#chains.find((chain) => samePath(chain.path, path))
    if (known) return known
    const chain: Chain = { path, undo: [], redo: [] }
    this.#chains = [...this.#chains, chain].slice(-MAX_CHAINS)
    return chain
  }

  /** Record ops in all chains but `own`. A chain moves with its path, and ends with it. */
  #recordElsewhere(own: Chain | null, ops: Ops): void {
    this.#chains = this.#chains.filter((chain) => {
      if (chain === own) return true
      const path = follow(chain.path, ops)
      if (!path) return false
      chain.path = path
      recordOver(chain.undo, ops)
      recordOver(chain.redo, ops)
      return chain.undo.length > 0 || chain.redo.length > 0
    })
  }
}

/** Return ops that take the step back as the value is now, and the ops of others rebased over these. */
function opsBack({ back, done, over }: Step): [Ops, Ops] {
  const begun = done.filter(isBeginning)
  const within = back.filter((op) => isSplice(op) || !begun.some(({ path }) => samePath(path, op.path)))
  return harmless(back, over) ?? harmless(within, over) ?? [[], compose(done, over)]
}

/** Rebase `back` and `over` over each other; return `null` if `back` would undo anything that others wrote. */
function harmless(back: Ops, over: Ops): [Ops, Ops] | null {
  const ops = rebase(back, over, { earlier: true })
  const rest = rebase(over, back)
  // An added item is removed only if nobody has written in it. An item that others have moved is not removed.
  return countWritten(rest) < countWritten(over) || countRemovals(ops) > countRemovals(back) ? null : [ops, rest]
}

/** Rebase the newest step over the ops of others, and hand these down to the step before it. */
function bringUpToDate(steps: Step[]): void {
  const step = steps.at(-1)
  if (!step || step.over.length === 0) return
  const { back, done, over } = step
  const rest = rebase(over, back)
  step.back = rebase(back, over, { earlier: true })
  step.done = rebase(done, rest)
  step.over = []
  recordOver(steps, rest, steps.length - 2)
}

/** Record ops of others with the step at `index`, the newest by default. */
function recordOver(steps: Step[], ops: Ops, index = steps.length - 1): void {
  const step = steps[index]
  if (!step) return
  step.over = compose(step.over, ops).filter((op) => op.op !== 'splice' || op.delete > 0 || op.insert !== '')
  if (step.over.length > MAX_OVER) steps.splice(0, index + 1)
}

function push(steps: Step[], step: Step): void {
  steps.push(step)
  if (steps.length > MAX_STEPS) steps.shift()
}

/** Return whether the step is typing. A string that begins with it counts: undo takes back its letters first. */
function isTyping({ done }: Step): boolean {
  return done.every((op) => isSplice(op) || isBeginning(op))
}

function isSplice(op: Op): boolean {
  return op.op === 'splice'
}

function haveOneTarget(one: Step, other: Step): boolean {
  const target = (step: Step) => JSON.stringify(step.done.at(-1)?.path)
  return target(one) === target(other)
}

/** Count the ops that have written something. */
function countWritten(ops: Ops): number {
  return ops.filter((op: Op) => (op.op === 'splice' ? op.insert !== '' : op.op !== 'remove')).length
}

function countRemovals(ops: Ops): number {
  return ops.filter(({ op }) => op === 'remove').length
}
