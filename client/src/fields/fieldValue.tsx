/** The value of a field that is chosen rather than typed, and edits of it that the server refused. */

import { type ReactNode, useEffect, useRef, useState } from 'react'
import { equal } from '../edits'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { useCarriedState } from '../view/identity'
import { StoredValue } from '../view/later'
import { useSource, useValue } from '../view/react'
import { textOf } from '../view/values'
import { useInvalidInForm, useValidity } from './validity'

/** A value that was chosen here for the variable at `home`. */
interface Draft {
  value: Json
  home: string
}

interface Refused extends Draft {
  reason: string
}

/**
 * Return the value to show, a function that sets it, and the reason why the variable does not have it. A choice that is
 * refused stays, with the reason and the stored value, until the user chooses again or takes that value.
 *
 * @param edit as in `useValue`.
 * @param labelOf returns the text of a value for people.
 */
export function useFieldValue(
  node: Node,
  edit: 'set' | 'replace' = 'set',
  labelOf: (value: Json) => string = textOf,
): [value: Json, set: (value: Json) => void, error: ReactNode] {
  const source = useSource(node, 'value')
  const [bound, store] = useValue(node, 'value', edit)
  const newest = useRef<Draft | null>(null)
  const [refused, setRefused] = useState<Refused | null>(null)
  const show = (draft: Draft | null) => {
    newest.current = draft
    setRefused(null)
  }
  useEffect(() => {
    const isStored = () => newest.current === null || equal(newest.current.value, source?.get() ?? null)
    return source?.captureRejections({
      rejected: (reason) => {
        const draft = newest.current
        if (draft?.home !== source.home) return false
        if (!isStored()) setRefused({ ...draft, reason: reasonAt(node, reason) }) // or else a newer edit is on its way
        return true
      },
      acknowledged: () => isStored() && show(null),
    })
  }, [source])
  useCarriedState<Refused>(
    node,
    'refused',
    () => refused,
    (draft) => {
      newest.current = draft
      setRefused(draft)
    },
  )
  useInvalidInForm(node, refused !== null)
  const validity = useValidity(node, bound)
  const set = (value: Json) => {
    validity.enter()
    show(source && { value, home: source.home })
    store(value)
  }
  if (!refused || refused.home !== source?.home) return [bound, set, validity.reason]
  return [refused.value, set, refusal(refused.reason, labelOf(bound), () => show(null))]
}

/** Return the error of a field: the reason, and the stored value with a button that takes it. */
export function refusal(reason: string, stored: string, onTake: () => void): ReactNode {
  return (
    <>
      {reason} <StoredValue stored={stored} onTake={onTake} />
    </>
  )
}

/**
 * Return the line of a server's message that is about a field, or else the first one, without the path of the value at
 * its start: the field itself shows where the error is.
 */
export function reasonAt(node: Node, reason: string): string {
  const lines = reason.split('\n')
  const name = node.variables.value?.path.at(-1)
  const own = lines.find((line) => /^\/(?:\S*\/)?(\S*): /.exec(line)?.[1] === String(name))
  return (own ?? lines[0] ?? '').replace(/^\/\S*: /, '')
}
