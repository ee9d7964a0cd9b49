/** Comparison of the trees that two runs of a py_component returned. No React. */

import type { Fragment, Node } from '../fragments'

/**
 * Return whether two fragments have the same components in the same positions. The server finds an action by its
 * position, so an action of `before` may run only while the shape is the same: the position of a removed row belongs to
 * the next row.
 */
export function isSameShape(before: Fragment, now: Fragment | null): boolean {
  return before === now || (now !== null && isSameTree(before.nodes, now.nodes))
}

function isSameTree(before: readonly Node[], now: readonly Node[]): boolean {
  return before.length === now.length && before.every((node, index) => isSameNode(node, now[index] as Node))
}

function isSameNode(before: Node, now: Node): boolean {
  const names = Object.keys(before.slots)
  if (before.component !== now.component || names.length !== Object.keys(now.slots).length) return false
  return names.every((name) => isSameTree(before.slots[name] ?? [], now.slots[name] ?? []))
}
