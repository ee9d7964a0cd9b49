/** Fields stay what they are wherever they are drawn next: which siblings are the same, and where the focus goes. */

import { useId, useLayoutEffect, useRef } from 'react'
import { isField } from './form'
import type { Node } from './protocol'
import { useApp } from './react'

/** Boxes have nothing of their own to lose: of siblings of a kind the first stays the first. */
const BOXES = new Set(['Card', 'Grid', 'GridColumn', 'GridRow', 'Label', 'Paragraph', 'Stack', 'Tooltip'])
const FOCUSABLE = 'input:not([type=hidden]), textarea, select, button, [tabindex]'

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

/** A field that was taken from the page while it had the focus. */
interface Left {
  identity: string
  /** Which of the elements inside it. */
  index: number
  selection: [number, number, 'forward' | 'backward' | 'none'] | null
  scroll: [number, number]
  /** What else of it is in the making, by name. */
  carried: Map<string, unknown>
}

/** Where the focus was in a field that is drawn anew in another place: it goes there with it. */
export class Focus {
  #left: Left | null = null
  #arrived: Left | null = null

  /** The field is about to be taken from the page. */
  leave(identity: string, name: string): void {
    const active = document.activeElement
    const root = active?.closest<HTMLElement>('[data-field]')
    if (!(active instanceof HTMLElement) || root?.dataset.field !== name) return
    this.#left = {
      identity,
      index: partsOf(root).indexOf(active),
      selection: selectionOf(active),
      scroll: [active.scrollLeft, active.scrollTop],
      carried: new Map(),
    }
  }

  /** The field is on the page; the focus comes back before any other key is pressed. */
  arrive(identity: string, name: string): void {
    const left = this.#left
    if (left?.identity !== identity) return
    this.#left = null
    this.#arrived = left
    queueMicrotask(() => {
      this.#arrived = null
      restore(left, name)
    })
  }

  /** Something of the field that is about to leave goes along. */
  carry(identity: string, what: string, value: unknown): void {
    if (this.#left?.identity === identity) this.#left.carried.set(what, value)
  }

  /** What came along with the field that has just arrived. */
  carried(identity: string, what: string): unknown {
    return this.#arrived?.identity === identity ? this.#arrived.carried.get(what) : undefined
  }
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

/** Carry something of a field over as well, after `useKept`; `adopt` is given it where the field is drawn next. */
export function useCarried<T>(node: Node, what: string, current: () => T, adopt: (value: T) => void): void {
  const { focus } = useApp()
  const identity = identityOf(node)
  const latest = useRef({ current, adopt })
  latest.current = { current, adopt }
  useLayoutEffect(() => {
    const value = focus.carried(identity, what)
    if (value !== undefined) latest.current.adopt(value as T)
    return () => focus.carry(identity, what, latest.current.current())
  }, [focus, identity, what])
}

function restore({ index, selection, scroll: [left, top] }: Left, name: string): void {
  const { activeElement: active } = document
  if (active && active !== document.body) return // somebody has gone elsewhere
  const root = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`)
  const part = root && partsOf(root)[Math.max(index, 0)]
  if (!part) return
  part.focus({ preventScroll: true })
  if (selection && isText(part)) part.setSelectionRange(...selection)
  part.scrollTo(left, top)
}

function partsOf(root: HTMLElement): HTMLElement[] {
  return root.matches(FOCUSABLE) ? [root] : [...root.querySelectorAll<HTMLElement>(FOCUSABLE)]
}

function selectionOf(element: HTMLElement): Left['selection'] {
  if (!isText(element) || element.selectionStart === null || element.selectionEnd === null) return null
  return [element.selectionStart, element.selectionEnd, element.selectionDirection ?? 'none']
}

/** Of some kinds of fields no browser tells where the caret is. */
function isText(element: HTMLElement): element is HTMLInputElement | HTMLTextAreaElement {
  if (element instanceof HTMLTextAreaElement) return true
  return element instanceof HTMLInputElement && element.selectionStart !== null
}
