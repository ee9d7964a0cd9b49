/** Other users in a field: an edge in their colour, and their names while they type. */

import './fieldPresence.css'
import {
  type CSSProperties,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import type { Node } from '../fragments'
import type { FieldTarget, Typist } from '../sync/presence'
import { useApp } from '../view/react'

interface PresenceInField {
  others: readonly Typist[]
  onFocus: () => void
  onBlur: () => void
  onEdit: () => void
}

/** Return the other users in a field, and handlers that publish this user's cursor. Only values in stores have presence. */
export function useFieldPresence(node: Node, prop: string): PresenceInField {
  const { presence, graph } = useApp()
  const ref = node.variables[prop]
  const field = useMemo(() => ({}), [])
  const isFocused = useRef(false)
  const findTarget = useCallback((): FieldTarget | null => {
    const [replica] = ref && graph.definition(ref.variable)?.kind === 'store' ? graph.replicas(ref) : []
    return ref && replica ? { replica, path: graph.path(ref) } : null
  }, [graph, ref])
  const others = useSyncExternalStore(presence.subscribe, () => {
    const target = findTarget()
    return presence.typists(target?.replica.channel ?? null, target?.path ?? [])
  })
  const enter = useCallback(() => {
    const target = findTarget()
    if (target) presence.enter(field, target)
    else presence.exit(field)
  }, [presence, field, findTarget])
  useEffect(() => {
    if (isFocused.current) enter() // the field has another variable, or its item has moved
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

/** A field's element with an overlay for other users. The overlay takes no space, so that nothing moves. */
export function FieldPresence({ others, children }: { others: readonly Typist[]; children: ReactNode }) {
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
