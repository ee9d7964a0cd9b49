/** The one bridge between the page's logic and React: hooks for components. */

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
import type { Fragment, Json, Node } from '../protocol'
import type { Source } from '../variables/source'
import { isSameShape, Turns } from './turns'
import { flagOf, numberOf, sizeOf, stringOf, textOf } from './values'

const CHANGED = 'This part of the page is another since that was pressed, so it was not run.'

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

/**
 * The present value of a prop, whether written in the tree or held by a variable; `null` if unset. A variable may hold
 * anything: those below take of it what a prop of their kind can use.
 */
export function useProp(node: Node, prop: string): Json {
  const source = useSource(node, prop) ?? NOTHING
  const value = useSyncExternalStore(source.subscribe, source.get)
  return node.variables[prop] ? value : (node.props[prop] ?? null)
}

/** A text for people: whatever the value is, it can be read. */
export function useWords(node: Node, prop: string): string | null {
  const value = useProp(node, prop)
  return value === null ? null : textOf(value)
}

/** A name, an address, a word of CSS. */
export function useString(node: Node, prop: string): string | null {
  return stringOf(useProp(node, prop))
}

export function useNumber(node: Node, prop: string): number | null {
  return numberOf(useProp(node, prop))
}

/** Pixels, or a length of CSS. */
export function useSize(node: Node, prop: string): number | string | null {
  return sizeOf(useProp(node, prop))
}

export function useFlag(node: Node, prop: string): boolean | null {
  return flagOf(useProp(node, prop))
}

/**
 * A prop that the user can change, and how to change it. Without a variable the value lives in the
 * component alone. `onchange` actions run after a change, with the new value as their input. A choice
 * is made with `replace`: parts of what two people choose at once would make up what nobody has chosen.
 */
export function useValue(node: Node, prop: string, how: 'set' | 'replace' = 'set'): [Json, (value: Json) => void] {
  const source = useSource(node, prop)
  const shared = useProp(node, prop)
  const [own, setOwn] = useState<Json>(node.props[prop] ?? null)
  const onChange = useAction(node, 'onchange')
  const set = useCallback(
    (value: Json) => {
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

/**
 * What a prop like `onclick` does, or `null`; called with the component's value. Uses of one component are run in turns:
 * none is lost, and none is done before an earlier one.
 */
export function useAction(node: Node, prop: string): ((input?: Json) => Promise<void>) | null {
  const app = useApp()
  const within = useContext(WithinContext)
  const of = within?.slot ?? null
  const fragment = within?.fragment ?? null
  const actions = node.actions[prop]
  const [turns] = useState(() => new Turns())
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
      if (fragment && !isSameShape(fragment, present.current)) throw new Error(CHANGED)
      await app.run(actions, input, of)
    }
    return (input: Json = null) =>
      turns.run(() => run(input)).catch((error: Error) => app.notify(error.message, 'warning'))
  }, [app, actions, of, fragment, turns])
}
