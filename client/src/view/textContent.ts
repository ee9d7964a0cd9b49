/** Text that follows a variable without React: a change is written into the element alone. */

import { type RefObject, useLayoutEffect, useRef } from 'react'
import type { Node } from '../fragments'
import { useSource } from './react'
import { textOf } from './values'

/** Characters without a space that are longer than any word: an address, a key. They may be broken anywhere. */
const LONG = /\S{25}/

/** Return the present text of a prop, and the attributes of the element that has it as its only child. */
export function useTextContent<T extends HTMLElement>(node: Node, prop: string): [string, TextAttributes<T>] {
  const source = useSource(node, prop)
  const text = textOf(source ? source.get() : node.props[prop])
  const element = useRef<T>(null)
  const shown = useRef(text)
  useLayoutEffect(() => {
    if (!source) return
    return source.subscribe(() => {
      const present = textOf(source.get())
      if (element.current && present !== shown.current) write(element.current, present)
      shown.current = present
    })
  }, [source])
  // After every rendering: the value may have changed since.
  useLayoutEffect(() => {
    shown.current = source ? textOf(source.get()) : text
    if (element.current && element.current.textContent !== shown.current) write(element.current, shown.current)
  })
  return [text, { ref: element, 'data-long': LONG.test(text) || undefined }]
}

interface TextAttributes<T> {
  ref: RefObject<T | null>
  'data-long': true | undefined
}

/** Write a text as React does: the text node stays, and with it a selection in it. */
function write(element: HTMLElement, text: string): void {
  const { firstChild, lastChild } = element
  if (firstChild instanceof globalThis.Text && firstChild === lastChild) firstChild.data = text
  else element.textContent = text
  if (LONG.test(text)) element.dataset.long = 'true'
  else delete element.dataset.long
}
