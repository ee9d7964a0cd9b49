/**
 * The presence of users: the cursors in the fields of a record, and who is at a place. Only the newest state counts, so it
 * is sent rarely. No React.
 */

import { equal, follow } from '../edits'
import { Observable, type Unsubscribe } from '../observable'
import type { Change, Cursor, Path, Person, PresenceMessage, VisitorsMessage } from '../protocol'
import { Colors } from './colors'
import type { Replica } from './replica'
import type { Send } from './subscription'

/** The shortest time between two messages about this user's cursor. */
const PAUSE_MS = 100
/** The time for which a user counts as typing after the last change. */
export const TYPING_MS = 3000
/** The length of the longest path, as JSON, that the server passes on. */
const MAX_PATH_CHARACTERS = 1000

/** The people at places, of which few pages tell. */
export interface Watcher {
  /** Start on a new connection; `me` is this user as others see them. */
  connect(send: Send, me: Person): void
  disconnect(): void
  /** Called when channels may have changed. */
  update(): void
  receive(message: VisitorsMessage): void
}

/** Another user who is in a field. */
export interface Typist extends Person {
  isTyping: boolean
}

/** The value that a field edits. */
export interface FieldTarget {
  replica: Replica
  path: Path
}

interface OwnCursor extends FieldTarget {
  field: object
  isTyping: boolean
}

interface OtherCursor {
  author: number
  person: Person
  cursor: Cursor
}

type CursorMessage = Parameters<Send>[0] & { type: 'presence' }

const NOBODY: readonly Typist[] = []

export class Presence {
  watcher: Watcher | null = null
  readonly colors = new Colors()
  /** The other users by the field in which they are. */
  readonly #typists = new Observable<ReadonlyMap<string, readonly Typist[]>>(new Map())
  /** The other users' cursors by channel. */
  readonly #others = new Map<number, readonly OtherCursor[]>()
  #me: Person | null = null
  #send: Send | null = null
  #own: OwnCursor | null = null
  /** The cursor that the server knows of. */
  #sent: CursorMessage | null = null
  #sentAt = Number.NEGATIVE_INFINITY
  #sendTimer: ReturnType<typeof setTimeout> | undefined
  #typingTimer: ReturnType<typeof setTimeout> | undefined

  /** Start on a new connection; `me` is this user as others see them. */
  connect(send: Send, me: Person): void {
    this.#send = send
    this.#me = this.colors.of(me)
    this.#sent = null
    this.watcher?.connect(send, this.#me)
    this.update()
  }

  /** Forget the cursors. */
  disconnect(): void {
    this.#send = this.#sent = null
    this.watcher?.disconnect()
    this.#others.clear()
    this.#index()
  }

  /** Tell the server that the page is unloaded or frozen. */
  leave(): void {
    this.#send?.({ type: 'leave' })
    this.#sent = null
  }

  /** Tell the server of this user again, when the browser has revived a frozen page. */
  back(): void {
    if (this.watcher) this.watch(this.watcher)
    this.update()
  }

  watch(watcher: Watcher): void {
    this.watcher = watcher
    if (this.#send && this.#me) watcher.connect(this.#send, this.#me)
  }

  isMe({ id }: Person): boolean {
    return id === this.#me?.id
  }

  /** Note that the user is in `field`, which edits `target`. */
  enter(field: object, target: FieldTarget): void {
    this.#own = { ...target, field, isTyping: this.#own?.field === field && this.#own.isTyping }
    this.update()
  }

  /** Note that the user has changed the text of `field`. */
  edited(field: object): void {
    if (this.#own?.field !== field) return
    this.#own.isTyping = true
    clearTimeout(this.#typingTimer)
    this.#typingTimer = setTimeout(() => {
      if (this.#own) this.#own.isTyping = false
      this.update()
    }, TYPING_MS)
    this.update()
  }

  /** Note that the user has left `field`. */
  exit(field: object): void {
    if (this.#own?.field !== field) return
    clearTimeout(this.#typingTimer)
    this.#own = null
    this.update()
  }

  /** Send this user's cursor soon, if it has changed and the record is subscribed. */
  update(): void {
    this.watcher?.update()
    if (this.#sendTimer !== undefined || !this.#send || !this.#news()) return
    this.#sendTimer = setTimeout(
      () => {
        this.#sendTimer = undefined
        this.#sendCursor()
      },
      Math.max(0, this.#sentAt + PAUSE_MS - performance.now()),
    )
  }

  /** Receive the cursors of all other users in a record. */
  receive({ channel, entries }: PresenceMessage): void {
    const cursors = entries.map(([author, person, cursor]) => ({ author, person: this.colors.of(person), cursor }))
    if (cursors.length > 0) this.#others.set(channel, cursors)
    else this.#others.delete(channel)
    this.#index()
  }

  /** Move the cursors with the items that a change moves. A cursor already counts on its own author's edits. */
  receiveChange({ channel, version, edits }: Change): void {
    const before = this.#others.get(channel)
    if (!before?.some(({ cursor }) => cursor.path.some((step) => typeof step === 'number'))) return
    const moved = before.flatMap((each) => {
      if (each.cursor.version >= version) return [each]
      let path: Path | null = each.cursor.path
      for (const [author, , ops] of edits) {
        if (path && author !== each.author) path = follow(path, ops)
      }
      return path ? [{ ...each, cursor: { ...each.cursor, path, version } }] : []
    })
    this.#others.set(channel, moved)
    this.#index()
  }

  /** Forget the cursors in a record, of which the server sends all again. */
  forget(channel: number): void {
    if (this.#others.delete(channel)) this.#index()
  }

  /** Return the other users in a field, each once; the same array as long as nothing has changed. */
  typists(channel: number | null, path: Path): readonly Typist[] {
    const typists = this.#typists.get()
    if (typists.size === 0 || channel === null) return NOBODY
    return typists.get(idOf(channel, path)) ?? NOBODY
  }

  readonly subscribe = (listener: () => void): Unsubscribe => this.#typists.subscribe(listener)

  #sendCursor(): void {
    const message = this.#news()
    if (!message || !this.#send) return
    this.#sentAt = performance.now()
    this.#sent = message.data && message
    this.#send(message)
  }

  /** Return the message about this user's cursor; `null` if the server knows it. */
  #news(): CursorMessage | null {
    const own = this.#own
    const sent = this.#sent
    const channel = own?.replica.channel ?? null
    if (own && channel !== null && JSON.stringify(own.path).length <= MAX_PATH_CHARACTERS) {
      const { address, version } = own.replica
      const data: Cursor = { path: own.path, version, typing: own.isTyping }
      const message = { type: 'presence' as const, channel, ...address, data }
      return sent && identityOf(sent) === identityOf(message) ? null : message
    }
    return sent && { ...sent, data: null }
  }

  /** Compute the other users in each field. */
  #index(): void {
    const before = this.#typists.get()
    const found = new Map<string, Typist[]>()
    for (const [channel, cursors] of this.#others) {
      for (const { person, cursor } of cursors) {
        if (this.isMe(person)) continue
        const id = idOf(channel, cursor.path)
        const others = (found.get(id) ?? []).filter((each) => each.id !== person.id)
        found.set(id, [...others, { ...person, isTyping: cursor.typing }])
      }
    }
    if (found.size === 0 && before.size === 0) return
    const typists = [...found].map(([id, present]) => {
      const known = before.get(id)
      return [id, known && equal(known as never, present as never) ? known : present] as const
    })
    this.#typists.set(new Map(typists))
  }
}

function idOf(channel: number, path: Path): string {
  return `${channel} ${JSON.stringify(path)}`
}

/** Return what is news about a cursor: all but its version. */
function identityOf({ channel, store, at, data }: CursorMessage): string {
  return JSON.stringify([channel, store, at, data?.path, data?.typing])
}
