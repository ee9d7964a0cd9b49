/** The items of a list that are shown, in their order. */

import { type ReactNode, useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { at } from '../../edits'
import type { Node } from '../../fragments'
import { combineUnsubscribes } from '../../observable'
import type { Json } from '../../protocol'
import { ItemTest } from '../../variables/itemTest'
import { useApp, useProp, useRefSource, useString } from '../../view/react'
import { keysOf } from './forItems'
import { compare } from './ordering'

/** An item that is shown: its index in the list, and its key. */
export interface Shown {
  index: number
  key: string
}

/** Draws the item at a position of those that are shown, in an element with its key. */
export type Draw = (each: Shown, position: number) => ReactNode
/** Draws the shown items, each by `draw`. */
export type LayOut = (shown: readonly Shown[], draw: Draw) => ReactNode

/** A member by which items are sorted. */
interface Order {
  path: string[]
  sign: number
}

/** An item that keeps its place while the user types in it, and its value when they began. */
export interface Held {
  key: string
  item: Json
}

interface Arranged {
  items: Json
  held: Held | null
  shown: readonly Shown[]
}

/** Return the shown items of a For, and a function that has one keep its place; `null` ends that. */
export function useArrangedItems(node: Node): [readonly Shown[], (key: string | null) => void] {
  const { graph } = useApp()
  const source = useRefSource(node.variables.items)
  const accessor = useString(node, 'key_accessor')
  const order = useProp(node, 'order_by')
  const [held, setHeld] = useState<Held | null>(null)
  const { items, where } = node.variables
  const test = useMemo(() => (items && where ? new ItemTest(where, items, graph) : null), [graph, items, where])
  const orders = useMemo(() => ordersOf(order), [order])
  const last = useRef<(Arranged & { settings: unknown[] }) | null>(null)
  const get = useCallback(() => {
    const [before, present] = [last.current, source?.get() ?? null]
    const settings = [accessor, orders, test]
    const hasChanged = test?.refresh() ?? false
    const isSame =
      before?.items === present && before.held === held && before.settings.every((each, i) => each === settings[i])
    if (isSame && !hasChanged) return before.shown
    const now = arrange(present, keysOf(present, accessor), test, orders, held)
    const shown = before && isSameOrder(before.shown, now) ? before.shown : now
    last.current = { items: present, held, shown, settings }
    return shown
  }, [source, accessor, orders, test, held])
  const subscribe = useCallback(
    (listener: () => void) =>
      combineUnsubscribes(
        [...(source ? [source] : []), ...(test?.inputs ?? [])].map((each) => each.subscribe(listener)),
      ),
    [source, test],
  )
  const shown = useSyncExternalStore(subscribe, get)
  const hold = (key: string | null) => {
    const list = source?.get() ?? null
    const index = shown.find((each) => each.key === key)?.index
    setHeld(key !== null && index !== undefined && Array.isArray(list) ? { key, item: list[index] ?? null } : null)
  }
  return [shown, hold]
}

/** Return the items that meet a condition, and the one that is held; they are sorted, it by its earlier value. */
export function arrange(
  items: Json,
  keys: readonly string[],
  test: Pick<ItemTest, 'holds'> | null,
  orders: readonly Order[],
  held: Held | null,
): Shown[] {
  if (!Array.isArray(items)) return []
  const isHeld = (index: number) => held !== null && held.key === keys[index]
  const itemAt = (index: number) => (isHeld(index) ? (held?.item ?? null) : (items[index] ?? null))
  const shown = keys
    .map((key, index) => ({ key, index }))
    .filter(({ index }) => isHeld(index) || !test || test.holds(items[index] ?? null, index, keys.length))
  if (orders.length === 0) return shown
  const keyed = shown.map((each) => ({ each, by: orders.map(({ path }) => at(itemAt(each.index), path) ?? null) }))
  keyed.sort((a, b) => {
    for (const [at, { sign }] of orders.entries()) {
      const difference = compare(a.by[at] ?? null, b.by[at] ?? null, sign)
      if (difference !== 0) return difference
    }
    return 0
  })
  return keyed.map(({ each }) => each)
}

/** Return the orders of `order_by`: members such as `date`, or `-date` for descending. */
export function ordersOf(value: Json): Order[] {
  const names = Array.isArray(value) ? value : [value]
  return names.flatMap((name) => {
    if (typeof name !== 'string' || name === '') return []
    const isDescending = name.startsWith('-')
    return { path: name.slice(isDescending ? 1 : 0).split('.'), sign: isDescending ? -1 : 1 }
  })
}

function isSameOrder(one: readonly Shown[], other: readonly Shown[]): boolean {
  return (
    one.length === other.length && one.every(({ index, key }, i) => index === other[i]?.index && key === other[i]?.key)
  )
}
