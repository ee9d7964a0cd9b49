/** The focus and the unsaved state of fields, carried to the place where the same field is drawn next. */

const FOCUSABLE = 'input:not([type=hidden]), textarea, select, button, [tabindex]'
/** The number of fields whose state is kept while they are not drawn. */
const MAX_CARRIED = 100

/** The focus of a field that was removed from the page. */
interface Left {
  identity: string
  /** The index of the focused element among those of the field. */
  index: number
  selection: [number, number, 'forward' | 'backward' | 'none'] | null
  scroll: [number, number]
}

/**
 * The focus and the unsaved state of fields. `identity` tells a field from others wherever it is drawn; `name` is the
 * `data-field` attribute of its present element, or the name of one part of its state.
 */
export class Focus {
  /** The field that last lost its focus by being removed. */
  #left: Left | null = null
  readonly #carried = new Map<string, unknown>()

  /** Remember the focus of a field that is about to be removed from the page. */
  leave(identity: string, name: string): void {
    const active = document.activeElement
    const root = active?.closest<HTMLElement>('[data-field]')
    if (!(active instanceof HTMLElement) || root?.dataset.field !== name) return
    this.#left = {
      identity,
      index: focusablesIn(root).indexOf(active),
      selection: selectionOf(active),
      scroll: [active.scrollLeft, active.scrollTop],
    }
  }

  /** Restore the focus of a field that is on the page again, before the next key is handled. */
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
    if (this.#carried.size > MAX_CARRIED) this.#carried.delete(this.#carried.keys().next().value as string)
  }

  /** Return that part of the field's state and forget it; `null` if there is none. */
  takeUp(identity: string, name: string): unknown {
    const state = this.#carried.get(`${name} ${identity}`) ?? null
    this.#carried.delete(`${name} ${identity}`)
    return state
  }
}

function restore({ index, selection, scroll: [left, top] }: Left, name: string): void {
  const { activeElement: active } = document
  if (active && active !== document.body) return // the user has moved the focus meanwhile
  const root = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`)
  const element = root && focusablesIn(root)[Math.max(index, 0)]
  if (!element) return
  element.focus({ preventScroll: true })
  if (selection && hasCaret(element)) element.setSelectionRange(...selection)
  element.scrollTo(left, top)
}

function focusablesIn(root: HTMLElement): HTMLElement[] {
  return root.matches(FOCUSABLE) ? [root] : [...root.querySelectorAll<HTMLElement>(FOCUSABLE)]
}

function selectionOf(element: HTMLElement): Left['selection'] {
  if (!hasCaret(element) || element.selectionStart === null || element.selectionEnd === null) return null
  return [element.selectionStart, element.selectionEnd, element.selectionDirection ?? 'none']
}

/** Return whether the browser tells the caret of an element; it does not for number fields and others. */
function hasCaret(element: HTMLElement): element is HTMLInputElement | HTMLTextAreaElement {
  if (element instanceof HTMLTextAreaElement) return true
  return element instanceof HTMLInputElement && element.selectionStart !== null
}
