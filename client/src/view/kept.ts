/** Fields stay what they are wherever they are drawn next: which siblings are the same, and where the focus goes. */

import { useId, useLayoutEffect, useRef } from 'react'
import type { Node } from '../protocol'
import { isField } from './form'
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
}

/** Bounds the state that fields have left behind and nobody has taken up. */
const MOST_CARRIED = 100

/** Where the focus was in a field that is drawn anew in another place: it goes there with it. */
export class Focus {
  #left: Left | null = null
  /** State that fields left behind when they were taken from the page, by field and name. */
  readonly #carried = new Map<string, unknown>()

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
    }
  }

  /** The field is on the page; the focus comes back before any other key is pressed. */
  arrive(identity: string, name: string): void {
    const left = this.#left
    if (left?.identity !== identity) return
    this.#left = null
    queueMicrotask(() => restore(left, name))
  }

  /** Keep a part of a field's state until the same field is drawn again; `null` is none. */
  carry(identity: string, name: string, state: unknown): void {
    if (state === null) return
    this.#carried.set(`${name} ${identity}`, state)
    if (this.#carried.size > MOST_CARRIED) this.#carried.delete(this.#carried.keys().next().value as string)
  }

  /** Take that part of its state, once; `null` if there is none. */
  takeUp(identity: string, name: string): unknown {
    const state = this.#carried.get(`${name} ${identity}`) ?? null
    this.#carried.delete(`${name} ${identity}`)
    return state
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

/** Carry a part of a field's state, `null` if there is none, to where the same field is drawn next. */
export function useCarried<T>(node: Node, name: string, state: () => T | null, adopt: (state: T) => void): void {
  const { focus } = useApp()
  const identity = identityOf(node)
  const latest = useRef({ state, adopt })
  latest.current = { state, adopt }
  useLayoutEffect(() => {
    const left = focus.takeUp(identity, name)
    if (left !== null) latest.current.adopt(left as T)
    return () => focus.carry(identity, name, latest.current.state())
  }, [focus, identity, name])
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
