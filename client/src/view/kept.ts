/** Fields stay what they are wherever they are drawn next: which siblings are the same, and where the focus goes. */

import { useId, useLayoutEffect, useRef } from 'react'
import type { Node } from '../protocol'
import { isField } from './form'
import { useApp } from './react'

/** Boxes have nothing of their own to lose: of siblings of a kind the first stays the first. */
const BOXES = new Set(['Card', 'Grid', 'GridColumn', 'GridRow', 'Label', 'Paragraph', 'Stack', 'Tooltip'])

/** What tells siblings apart: a field by what it edits, so that it stays the same element among others; others by their place. */
export function keysOf(nodes: readonly Node[]): string[] {
  const counts = new Map<string, number>()
  return nodes.map((node) => {
    const key = BOXES.has(node.component) ? node.component : identityOf(node)
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    return count === 0 ? key : `${key} ${count}`
  })
}

/** What a field edits, or else its place in the tree. A field of an item is told by the item, wherever that is now. */
function identityOf({ component, id, props, variables, instance }: Node): string {
  const { value, keys } = instance ?? { value: variables.value ?? null, keys: [] }
  const name = typeof props.id_ === 'string' ? props.id_ : null
  return isField(component) && (name !== null || value) ? JSON.stringify([component, name ?? value, ...keys]) : id
}

/** Say to whom an element belongs, and carry the focus over from where the same field was before. */
export function useKept(node: Node): { 'data-field': string } {
  const { focus } = useApp()
  const name = useId()
  const identity = identityOf(node)
  useLayoutEffect(() => {
    focus.arrive(identity, name)
    return () => focus.leave(identity, name)
  }, [focus, identity, name])
  return { 'data-field': name }
}

/** Carry a part of a field's state, `null` if there is none, to where the same field is drawn next. */
export function useCarried<T>(node: Node, name: string, state: () => T | null, adopt: (state: T) => void): void {
  const { focus } = useApp()
  const identity = identityOf(node)
  const latest = useRef({ state, adopt })
  latest.current = { state, adopt }
  useLayoutEffect(() => {
    const left = focus.takeUp(identity, name)
    if (left !== null) latest.current.adopt(left as T)
    return () => focus.carry(identity, name, latest.current.state())
  }, [focus, identity, name])
}
