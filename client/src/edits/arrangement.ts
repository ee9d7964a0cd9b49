/** The difference between two lists whose items have identities. Twin of `_edits/arrangement.py`. */

import type { Json, Op, Path } from '../protocol'
import { isObject } from './apply'
import { longestRising } from './sequence'

/** The number of items times moves and additions up to which moved items are moved, not removed and added. */
const MAX_MOVE_WORK = 1_000_000

/** The removals, moves and additions that turn one list of identities into another, with the fewest moves. */
export class Arrangement {
  /** For each old item its new index, or -1 if it is removed. */
  readonly targets: readonly number[]
  /** The number of ops. */
  readonly size: number
  readonly #staying: Set<number>
  readonly #moving: Set<number>

  constructor(old: Json[], fresh: Json[]) {
    const indexes = new Map(fresh.map((identity, index) => [identity, index]))
    this.targets = old.map((identity) => indexes.get(identity) ?? -1)
    const present = this.targets.filter((target) => target >= 0)
    this.#staying = longestRising(present)
    const moving = present.filter((target) => !this.#staying.has(target))
    const isMoved = (moving.length + fresh.length - present.length) * old.length <= MAX_MOVE_WORK
    this.#moving = new Set(isMoved ? moving : [])
    const kept = this.#staying.size + this.#moving.size
    this.size = old.length + fresh.length - 2 * kept + this.#moving.size
  }

  /** Return whether the item at a new index stays or moves. */
  isKept(target: number): boolean {
    return this.#staying.has(target) || this.#moving.has(target)
  }

  /** Append the ops that turn the old list into `items`, which begin at index `start` of the list at `path`. */
  appendOps(ops: Op[], items: Json[], start: number, path: Path): void {
    for (let i = this.targets.length - 1; i >= 0; i--) {
      if (!this.isKept(this.targets[i] as number)) ops.push({ op: 'remove', path: [...path, start + i] })
    }
    const present = this.#moving.size > 0 ? this.targets.filter((target) => this.isKept(target)) : null
    let index = 0
    for (const [target, item] of items.entries()) {
      if (this.#staying.has(target)) {
        index = (present ? present.indexOf(target, index) : index) + 1
        continue
      }
      if (present && this.#moving.has(target)) {
        const from = present.indexOf(target)
        present.splice(from, 1)
        if (from < index) index--
        if (from !== index) ops.push({ op: 'move', from: [...path, start + from], path: [...path, start + index] })
      } else ops.push({ op: 'add', path: [...path, start + index], value: item })
      present?.splice(index, 0, target)
      index++
    }
  }
}

/** Return the identities of all items; `null` if one has none, or two have the same. */
export function identities(items: Json[], key: string): Json[] | null {
  const found = items.map((item) => (isObject(item) && Object.hasOwn(item, key) ? (item[key] as Json) : null))
  const areValid = found.every((identity) => typeof identity === 'string' || typeof identity === 'number')
  return areValid && new Set(found).size === found.length ? found : null
}
