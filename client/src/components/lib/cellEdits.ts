/** The cells of a Table that its user edits: drafts, and edits that are not acknowledged yet. No React. */

import { equal, follow } from '../../edits'
import type { Notation } from '../../fields/valueBinding'
import { Observable, type Unsubscribe } from '../../observable'
import type { Json, Op, Ops, Path } from '../../protocol'
import type { Source } from '../../variables/source'

export interface CellPlace {
  /** The index of the row in the data. */
  index: number
  column: string
}

/** Input that the data does not have: it is being typed, is invalid, or was rejected. */
export interface CellDraft extends CellPlace {
  text: string
  error: string | null
}

interface EditState {
  /** The cell whose editor is open. */
  open: CellPlace | null
  drafts: readonly CellDraft[]
}

/** An edit that the server has not answered yet. */
interface Sent extends CellPlace {
  text: string
  stop: Unsubscribe
}

export class CellEdits {
  readonly state = new Observable<EditState>({ open: null, drafts: [] })
  readonly #sourceOf: (path: Path) => Source
  #sent: Sent[] = []

  /** @param sourceOf returns the source of a value below the list of rows. */
  constructor(sourceOf: (path: Path) => Source) {
    this.#sourceOf = sourceOf
  }

  /** Follow the rows that others move, until the returned function is called. */
  start(): Unsubscribe {
    const stop = this.#sourceOf([]).watchRemote((ops) => this.#follow(ops))
    return () => {
      stop()
      for (const sent of this.#sent) sent.stop()
      this.#sent = []
    }
  }

  isOpen(place: CellPlace): boolean {
    const { open } = this.state.get()
    return open !== null && isSame(open, place)
  }

  draftOf(place: CellPlace): CellDraft | null {
    return this.state.get().drafts.find((draft) => isSame(draft, place)) ?? null
  }

  /** Open the editor of a cell with a text; without one it goes on with the draft, or begins with the value. */
  open({ index, column }: CellPlace, notation: Notation, text: string | null = null): void {
    this.leave()
    const place = { index, column }
    const draft = this.draftOf(place)
    const begun = text ?? draft?.text ?? notation.format(this.#valueOf(place)) ?? ''
    this.#set({ ...place, text: begun, error: text === null ? (draft?.error ?? null) : null }, place)
  }

  /** Note the text in the open editor. */
  type(text: string): void {
    const { open } = this.state.get()
    if (open) this.#set({ ...open, text, error: null }, open)
  }

  /** Close the editor without its input. */
  cancel(): void {
    const { open } = this.state.get()
    if (open) this.#drop(open)
  }

  /** Discard the draft of a cell. */
  discard(place: CellPlace): void {
    if (this.draftOf(place)) this.#drop(place)
  }

  /**
   * Store the input and close the editor. Invalid input stays there, with the reason; return whether it was valid.
   *
   * @param isUnreadable the browser has no text for what the editor shows, such as a date without a year.
   */
  commit(notation: Notation, isUnreadable = false): boolean {
    const { open } = this.state.get()
    const draft = open && this.draftOf(open)
    if (!draft) return true
    const before = this.#valueOf(draft)
    const result = isUnreadable ? { reason: notation.incomplete } : notation.parse(draft.text, before, true)
    if ('reason' in result) {
      this.#set({ ...draft, error: result.reason }, open)
      return false
    }
    this.#drop(draft)
    if (!equal(result.value, before)) this.#send(draft, draft.text, result.value)
    return true
  }

  /** Close the editor; invalid input stays as a draft. */
  leave(notation?: Notation, isUnreadable = false): void {
    if (notation && !this.commit(notation, isUnreadable)) this.state.set({ ...this.state.get(), open: null })
    else if (this.state.get().open) this.cancel()
  }

  /** Set the value of a cell. */
  store(place: CellPlace, value: Json): void {
    this.#send(place, String(value), value)
  }

  /** Add a row at the end; return its index. */
  add(row: Json): number {
    const rows = this.#sourceOf([])
    const present = rows.get()
    const index = Array.isArray(present) ? present.length : 0
    rows.edit(
      Array.isArray(present) ? [{ op: 'add', path: [index], value: row }] : [{ op: 'replace', path: [], value: [row] }],
    )
    return index
  }

  remove(index: number): void {
    const op: Op = { op: 'remove', path: [index] }
    this.#follow([op])
    this.#sourceOf([]).edit([op])
  }

  #valueOf({ index, column }: CellPlace): Json {
    return this.#sourceOf([index, column]).get()
  }

  #send(place: CellPlace, text: string, value: Json): void {
    const sent: Sent = { index: place.index, column: place.column, text, stop: () => {} }
    this.#sent.push(sent)
    this.#capture(sent)
    this.#sourceOf([place.index, place.column]).edit([{ op: 'replace', path: [], value }])
  }

  #capture(sent: Sent): void {
    sent.stop()
    const end = () => {
      sent.stop()
      this.#sent = this.#sent.filter((each) => each !== sent)
    }
    sent.stop = this.#sourceOf([sent.index, sent.column]).captureRejections({
      rejected: (reason) => {
        end()
        const { index, column, text } = sent
        if (!this.draftOf(sent)) this.#set({ index, column, text, error: withoutPath(reason) }, this.state.get().open)
        return true
      },
      acknowledged: end,
    })
  }

  /** Move the drafts with the rows that ops move, and drop those of rows that they remove. */
  #follow(ops: Ops): void {
    const { open, drafts } = this.state.get()
    const moved = <T extends CellPlace>(place: T): T[] => {
      const path = follow([place.index], ops)
      return path ? [{ ...place, index: path[0] as number }] : []
    }
    for (const sent of [...this.#sent]) {
      const [after] = moved(sent)
      if (after?.index === sent.index) continue
      sent.stop()
      if (!after) continue
      sent.index = after.index
      this.#capture(sent)
    }
    this.state.set({ open: open && (moved(open)[0] ?? null), drafts: drafts.flatMap(moved) })
  }

  #set(draft: CellDraft, open: CellPlace | null): void {
    const others = this.state.get().drafts.filter((each) => !isSame(each, draft))
    this.state.set({ open, drafts: [...others, draft] })
  }

  #drop(place: CellPlace): void {
    const { open, drafts } = this.state.get()
    this.state.set({
      open: open && isSame(open, place) ? null : open,
      drafts: drafts.filter((each) => !isSame(each, place)),
    })
  }
}

function isSame(one: CellPlace, other: CellPlace): boolean {
  return one.index === other.index && one.column === other.column
}

/** Remove the path inside the value from the start of a server's message: the cell itself shows where the error is. */
function withoutPath(reason: string): string {
  return reason.replace(/^\/\S*: /, '')
}
