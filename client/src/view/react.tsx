/** The only bridge between the app in the tab and React: contexts, and hooks that read the props of a component. */

import {
  createContext,
  useCallback,
  useContext,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'

import type { App } from '../app/app'
import type { Fragment, Node, Ref } from '../fragments'
import { ACTION } from '../messages'
import type { Json } from '../protocol'
import type { Source } from '../variables/source'
import { isSameShape } from './fragmentShape'
import { SerialQueue } from './serialQueue'
import { flagOf, numberOf, sizeOf, stringOf, textOf } from './values'

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('Components render inside an AppContext')
  return app
}

/** The result of the py_component around a component. */
export interface EnclosingFragment {
  slot: string
  fragment: Fragment
}

/** The innermost py_component; `null` for the page itself. */
export const FragmentContext = createContext<EnclosingFragment | null>(null)

export interface ComponentProps {
  node: Node
}

/** The source of a prop without a variable. */
const UNBOUND: Pick<Source, 'get' | 'subscribe' | 'isReadonly' | 'isReady'> = {
  get: () => null,
  subscribe: () => () => {},
  isReadonly: false,
  isReady: true,
}

/** Return the source of a variable; `null` without one. */
export function useRefSource(ref: Ref | undefined): Source | null {
  const app = useApp()
  return useMemo(() => (ref ? app.graph.source(ref) : null), [app, ref])
}

/** Return the source of the variable that a prop is bound to; `null` if it is bound to none. */
export function useSource(node: Node, prop: string): Source | null {
  return useRefSource(node.variables[prop])
}

/** Return whether the value of a prop is known: it is not being computed, and computing it did not fail. */
export function useIsReady(node: Node, prop: string): boolean {
  const source = useSource(node, prop) ?? UNBOUND
  return useSyncExternalStore(source.subscribe, () => source.isReady)
}

/**
 * Return the present value of a prop, written in the tree or held by a variable; `null` if it is unset. A variable may
 * hold any JSON: the hooks below convert it to the type of the prop, or to `null`.
 */
export function useProp(node: Node, prop: string): Json {
  const source = useSource(node, prop) ?? UNBOUND
  const value = useSyncExternalStore(source.subscribe, source.get)
  return node.variables[prop] ? value : (node.props[prop] ?? null)
}

/** Return a prop as text for people: any value is converted. */
export function useText(node: Node, prop: string): string | null {
  const value = useProp(node, prop)
  return value === null ? null : textOf(value)
}

/** Return a prop that is a name, an address or a CSS keyword. */
export function useString(node: Node, prop: string): string | null {
  return stringOf(useProp(node, prop))
}

export function useNumber(node: Node, prop: string): number | null {
  return numberOf(useProp(node, prop))
}

/** Return a prop that is a number of pixels or a CSS length. */
export function useSize(node: Node, prop: string): number | string | null {
  return sizeOf(useProp(node, prop))
}

export function useFlag(node: Node, prop: string): boolean | null {
  return flagOf(useProp(node, prop))
}

/**
 * Return the value of a prop that the user can change, and a function that sets it. Without a variable, the component
 * holds the value itself. After a change, the `onchange` actions run with the new value as their input.
 *
 * @param edit how the variable changes. A choice needs `replace`: merged parts of two people's choices would be a value
 *   that nobody has chosen.
 */
export function useValue(node: Node, prop: string, edit: 'set' | 'replace' = 'set'): [Json, (value: Json) => void] {
  const source = useSource(node, prop)
  const bound = useProp(node, prop)
  const [own, setOwn] = useState<Json>(node.props[prop] ?? null)
  const onChange = useAction(node, 'onchange')
  const set = useCallback(
    (value: Json) => {
      if (source && edit === 'replace') source.edit([{ op: 'replace', path: [], value }])
      else if (source) source.set(value)
      else setOwn(value)
      onChange?.(value)
    },
    [source, edit, onChange],
  )
  return [source ? bound : own, set]
}

/** Return whether a prop is bound to a variable that the user cannot change. */
export function useReadonly(node: Node, prop: string): boolean {
  const source = useSource(node, prop) ?? UNBOUND
  return useSyncExternalStore(source.subscribe, () => source.isReadonly)
}

/**
 * Return a function that runs the actions of a prop such as `onclick`, or `null` without actions. Its argument is the
 * input of the actions. The runs of one component are queued, so that none is lost or overtakes an earlier one.
 */
export function useAction(node: Node, prop: string): ((input?: Json) => Promise<void>) | null {
  const app = useApp()
  const enclosing = useContext(FragmentContext)
  const slot = enclosing?.slot ?? null
  const fragment = enclosing?.fragment ?? null
  const actions = node.actions[prop]
  const [queue] = useState(() => new SerialQueue())
  const present = useRef<Fragment | null>(null)
  useLayoutEffect(() => {
    present.current = fragment
    return () => {
      present.current = null
    }
  }, [fragment])
  return useMemo(() => {
    if (!actions) return null
    const run = async (input: Json) => {
      if (fragment && !isSameShape(fragment, present.current)) throw new Error(ACTION.partChanged)
      await app.run(actions, input, slot)
    }
    return (input: Json = null) =>
      queue.run(() => run(input)).catch((error: Error) => app.notify(error.message, 'warning'))
  }, [app, actions, slot, fragment, queue])
}
