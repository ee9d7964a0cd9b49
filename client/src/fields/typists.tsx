/** Who else is in a field: an edge in their colour, and their name while they type. */

import './typists.css'
import {
  type CSSProperties,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import type { Node, Path } from '../protocol'
import type { FieldTarget, Typist } from '../sync/presence'
import { useApp } from '../view/react'

interface Present {
  others: readonly Typist[]
  onFocus: () => void
  onBlur: () => void
  onEdit: () => void
}

/** Who else is in a field for the prop, and what this field tells them; of what is in no store, nothing. */
export function usePresence(node: Node, prop: string): Present {
  const { presence, graph } = useApp()
  const ref = node.variables[prop]
  const field = useMemo(() => ({}), [])
  const isFocused = useRef(false)
  const place = useCallback((): FieldTarget | null => {
    const [replica] = ref && graph.definition(ref.variable)?.kind === 'store' ? graph.replicas(ref) : []
    return ref && replica ? { replica, path: ref.path as Path } : null
  }, [graph, ref])
  const others = useSyncExternalStore(presence.subscribe, () => {
    const here = place()
    return presence.typists(here?.replica.channel ?? null, here?.path ?? [])
  })
  const enter = useCallback(() => {
    const here = place()
    if (here) presence.enter(field, here)
    else presence.exit(field)
  }, [presence, field, place])
  useEffect(() => {
    if (isFocused.current) enter() // the field shows something else now, or the item that it is in has moved
  }, [enter])
  useEffect(() => () => presence.exit(field), [presence, field])
  return {
    others,
    onFocus: () => {
      isFocused.current = true
      enter()
    },
    onBlur: () => {
      isFocused.current = false
      presence.exit(field)
    },
    onEdit: () => presence.edited(field),
  }
}

/** What is drawn over a field takes no room, so that nothing moves when somebody comes. */
export function Typists({ others, children }: { others: readonly Typist[]; children: ReactNode }) {
  const typing = others.filter((each) => each.isTyping)
  const [first] = typing.length > 0 ? typing : others
  return (
    <div className="dara-typists">
      {children}
      {first && (
        <div className="dara-typists-edge" style={{ '--dara-person': first.color } as CSSProperties}>
          {typing.length > 0 && (
            <span className="dara-typists-names" key={first.id}>
              {first.name}
              {typing.length > 1 && ` +${typing.length - 1}`}
            </span>
          )}
        </div>
      )}
    </div>
  )
}
