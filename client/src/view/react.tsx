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
import type { Action, Fragment, Node, Ref } from '../fragments'
import { ACTION } from '../messages'
import { combineUnsubscribes, never } from '../observable'
import type { Json } from '../protocol'
import { type Freshness, worstOf } from '../sync/freshness'
import type { PressedTexts } from '../variables/presses'
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

/** Return whether the connection is lost, and others may have done things that the page does not show. */
export function useIsCut(): boolean {
  const { status } = useApp()
  return useSyncExternalStore(status.subscribe, () => status.get().link === 'reconnecting')
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
const UNBOUND: Pick<Source, 'get' | 'subscribe' | 'readonlyReason'> = {
  get: () => null,
  subscribe: never,
  readonlyReason: null,
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

/**
 * Return the freshness of the props that the server computes; of several the worst. All that shows such
 * a prop is marked with it where it is rendered (see `Marked`), so a component needs it for a look of its own alone.
 */
export function useFreshness(node: Node): Freshness {
  const app = useApp()
  const { subscribe, get } = useMemo(() => {
    const sources = waitingSourcesOf(app, node)
    return {
      subscribe: (listener: () => void) => combineUnsubscribes(sources.map((source) => source.subscribe(listener))),
      get: () => worstOf(sources.map(({ freshness }) => freshness)),
    }
  }, [app, node])
  return useSyncExternalStore(subscribe, get)
}

/** Return the values of a component that the server may still have to compute. A field does not wait for suggestions. */
export function waitingSourcesOf(app: App, node: Node): Source[] {
  return Object.entries(node.variables)
    .filter(([prop]) => prop !== 'suggestions')
    .map(([, ref]) => app.graph.source(ref))
    .filter((source) => source.canWait)
}

/** Return the reason for which the user may not read a value of a component; `null` if they may read all. */
export function useRefusal({ variables }: Node): string | null {
  const { graph, replicas } = useApp()
  const get = () => {
    if (replicas.refusals.get() === 0) return null
    for (const prop in variables) {
      const { refusal } = graph.source(variables[prop] as Ref)
      if (refusal !== null) return refusal
    }
    return null
  }
  return useSyncExternalStore(replicas.refusals.subscribe, get)
}

/** Return a function that computes again what failed of the props of a component. */
export function useRetry(node: Node): () => void {
  const { graph } = useApp()
  return () => {
    for (const ref of Object.values(node.variables)) graph.retry(ref)
  }
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

/** Return the reason why the user cannot change the variable that a prop is bound to; `null` if they can. */
export function useReadonly(node: Node, prop: string): string | null {
  const source = useSource(node, prop) ?? UNBOUND
  return useSyncExternalStore(source.subscribe, () => source.readonlyReason)
}

/**
 * Return a function that runs the actions of a prop such as `onclick`, or `null` without actions. Its argument is the
 * input of the actions. The runs of one component are queued, so that none is lost or overtakes an earlier one.
 *
 * @param onRefused is called with the reasons, instead of a notice, if the server refuses the input of a form.
 */
export function useAction(
  node: Node,
  prop: string,
  onRefused?: (reasons: string) => void,
): ((input?: Json) => Promise<void>) | null {
  const app = useApp()
  const enclosing = useContext(FragmentContext)
  const slot = enclosing?.slot ?? null
  const fragment = enclosing?.fragment ?? null
  const actions = node.actions[prop]
  const [queue] = useState(() => new SerialQueue())
  const refused = useRef(onRefused)
  refused.current = onRefused
  const present = useRef<Fragment | null>(null)
  useLayoutEffect(() => {
    present.current = fragment
    return () => {
      present.current = null
    }
  }, [fragment])
  return useMemo(() => {
    if (!actions) return null
    const run = async (due: readonly Action[], input: Json, pressed: PressedTexts) => {
      if (fragment && !isSameShape(fragment, present.current)) throw new Error(ACTION.partChanged)
      await app.run(due, input, slot, refused.current, pressed)
    }
    const own = node.variables.value
    const refs = actions.flatMap((each) =>
      each.kind === 'call' ? each.inputs.filter((operand) => 'variable' in operand) : [each.target],
    )
    return (input: Json = null) => {
      const { graph } = app
      const due = prop === 'onclick' ? app.pointer.remaining(actions) : actions
      const pressed = graph.press(refs, own, input)
      return queue
        .run(() => run(due, input, pressed))
        .catch((error: Error) => app.notify(error.message, 'warning'))
        .finally(() => graph.presses.end(pressed))
    }
  }, [app, actions, prop, slot, fragment, queue, node.variables.value])
}
