/** Identity of nodes across renderings: React keys for siblings, and state that follows a field to its next element. */

import { useId, useLayoutEffect, useRef } from 'react'
import type { Node } from '../fragments'
import { isField } from './form'
import { useApp } from './react'

/** Components without state of their own: among siblings of one kind, the first keeps the key of the first. */
const STATELESS = new Set(['Card', 'Grid', 'GridColumn', 'GridRow', 'Label', 'Paragraph', 'Stack', 'Tooltip'])

/** Return a React key for each sibling. The key of a field names the value that it edits, so that it keeps its element. */
export function reactKeysOf(nodes: readonly Node[]): string[] {
  const counts = new Map<string, number>()
  return nodes.map((node) => {
    const key = STATELESS.has(node.component) ? node.component : identityOf(node)
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    return count === 0 ? key : `${key} ${count}`
  })
}

/** Return the identity of a field, by the value or the item that it edits; the id of any other node. */
function identityOf({ component, id, props, variables, instance }: Node): string {
  const { value, keys } = instance ?? { value: variables.value ?? null, keys: [] }
  const name = typeof props.id_ === 'string' ? props.id_ : null
  return isField(component) && (name !== null || value) ? JSON.stringify([component, name ?? value, ...keys]) : id
}

/** Restore the focus when the field is drawn as another element; return the attribute that marks its element. */
export function useFocusRestoration(node: Node): { 'data-field': string } {
  const { focus } = useApp()
  const name = useId()
  const identity = identityOf(node)
  useLayoutEffect(() => {
    focus.arrive(identity, name)
    return () => focus.leave(identity, name)
  }, [focus, identity, name])
  return { 'data-field': name }
}

/**
 * Hand a part of a field's state over to the element that the field is drawn as next. `save` returns the state when the
 * field is removed, `null` for none; `restore` receives it.
 */
export function useCarriedState<T>(node: Node, name: string, save: () => T | null, restore: (state: T) => void): void {
  const { focus } = useApp()
  const identity = identityOf(node)
  const latest = useRef({ save, restore })
  latest.current = { save, restore }
  useLayoutEffect(() => {
    const state = focus.takeUp(identity, name)
    if (state !== null) latest.current.restore(state as T)
    return () => focus.carry(identity, name, latest.current.save())
  }, [focus, identity, name])
}
