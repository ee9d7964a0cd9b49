/** The one bridge between the page's logic and React: hooks for components. */

import { createContext, useCallback, useContext, useMemo, useState, useSyncExternalStore } from 'react'
import type { App } from './app'
import type { Source } from './graph'
import type { Fragment, Json, Node } from './protocol'

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('Components render inside an AppContext')
  return app
}

/** The result of a py_component that something is drawn in: its slot, and the fragment itself. */
export interface Within {
  slot: string
  fragment: Fragment
}

/** `null` in what the page itself shows. */
export const WithinContext = createContext<Within | null>(null)

export interface ComponentProps {
  node: Node
}

const NOTHING: Pick<Source, 'get' | 'subscribe' | 'isReadonly'> = {
  get: () => null,
  subscribe: () => () => {},
  isReadonly: false,
}

/** What a prop is bound to; `null` if it is written in the tree, or not set. */
export function useSource(node: Node, prop: string): Source | null {
  const app = useApp()
  const ref = node.variables[prop]
  return useMemo(() => (ref ? app.graph.source(ref) : null), [app, ref])
}

/** The present value of a prop, whether written in the tree or held by a variable; `null` if unset. */
export function useProp<T extends Json>(node: Node, prop: string): T | null {
  const source = useSource(node, prop) ?? NOTHING
  const value = useSyncExternalStore(source.subscribe, source.get)
  return (node.variables[prop] ? value : (node.props[prop] ?? null)) as T | null
}

/**
 * A prop that the user can change, and how to change it. Without a variable the value lives in the
 * component alone. `onchange` actions run after a change, with the new value as their input. A choice
 * is made with `replace`: parts of what two people choose at once would make up what nobody has chosen.
 */
export function useValue<T extends Json>(
  node: Node,
  prop: string,
  how: 'set' | 'replace' = 'set',
): [T | null, (value: T) => void] {
  const source = useSource(node, prop)
  const shared = useProp<T>(node, prop)
  const [own, setOwn] = useState<T | null>((node.props[prop] ?? null) as T | null)
  const onChange = useAction(node, 'onchange')
  const set = useCallback(
    (value: T) => {
      if (source && how === 'replace') source.edit([{ op: 'replace', path: [], value }])
      else if (source) source.set(value)
      else setOwn(value)
      onChange?.(value)
    },
    [source, how, onChange],
  )
  return [source ? shared : own, set]
}

/** Whether a prop is bound to a variable that the user cannot change. */
export function useReadonly(node: Node, prop: string): boolean {
  const source = useSource(node, prop) ?? NOTHING
  return useSyncExternalStore(source.subscribe, () => source.isReadonly)
}

/** What a prop like `onclick` does, or `null`; called with the component's value. */
export function useAction(node: Node, prop: string): ((input?: Json) => Promise<void>) | null {
  const app = useApp()
  const of = useContext(WithinContext)?.slot ?? null
  const actions = node.actions[prop]
  return useMemo(() => (actions ? (input: Json = null) => app.run(actions, input, of) : null), [app, actions, of])
}
