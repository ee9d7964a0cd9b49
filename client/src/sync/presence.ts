/** Who else is here: on the page, and in its fields. Only the newest counts, so it is said rarely. No React. */

import { equal, follow } from '../edits'
import { Observable, type Unsubscribe } from '../observable'
import type { Change, ClientMessage, Cursor, Path, Person, PresenceMessage, VisitorsMessage } from '../protocol'
import type { Replica } from './replica'

const PAUSE_MS = 100
/** How long somebody counts as typing after the last change. */
export const TYPING_MS = 3000
/** The server tells others no longer ones. */
const SPOT_CHARACTERS = 1000
const PAGE_CHARACTERS = 2000

export interface Visitors {
  /** Oneself first; the server names only so many. */
  people: readonly Person[]
  /** How many there are in all. */
  count: number
}

/** Somebody who is in a field. */
export interface Typist extends Person {
  isTyping: boolean
}

interface PresenceEntry {
  author: number
  person: Person
  spot: Cursor
}

/** Where a field has its value. */
export interface FieldTarget {
  replica: Replica
  path: Path
}

interface Here extends FieldTarget {
  field: object
  isTyping: boolean
}

type Send = (message: ClientMessage) => void
type Told = Pick<Extract<ClientMessage, { type: 'presence' }>, 'channel' | 'store' | 'at'> & { spot: string }

const NOBODY: readonly Typist[] = []

export class Presence {
  readonly visitors = new Observable<Visitors>({ people: [], count: 0 })
  readonly #typing = new Observable<ReadonlyMap<string, readonly Typist[]>>(new Map())
  readonly #entries = new Map<number, readonly PresenceEntry[]>()
  #me: Person | null = null
  #send: Send | null = null
  /** The page whose visitors are shown, and how often. */
  #page: string | null = null
  #shown = 0
  #named: readonly Person[] = []
  #here: Here | null = null
  #told: Told | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined
  #pause: ReturnType<typeof setTimeout> | undefined

  /** The line is up; others see this user as `me`. */
  connected(send: Send, me: Person): void {
    this.#send = send
    this.#me = me
    this.#told = null
    this.#visit()
    this.pulse()
  }

  /** What was said is forgotten on both sides, but for who was on the page: they will hardly all be gone. */
  disconnected(): void {
    this.#send = this.#told = null
    this.#entries.clear()
    this.#index()
  }

  /** The tab goes away; it may come back, if the browser keeps it. */
  leave(): void {
    this.#send?.({ type: 'leave' })
    this.#told = null
  }

  /** The browser has brought the tab back. */
  back(): void {
    this.#visit()
    this.pulse()
  }

  /** Show who is on a page, and be seen there, until it is stopped. */
  attend(page: string): Unsubscribe {
    this.#shown++
    if (page !== this.#page) {
      this.#page = page
      this.#named = []
      this.visitors.set({ people: [], count: 0 })
      this.#visit()
    }
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#shown > 0) return
      // What takes its place on another page attends right after.
      queueMicrotask(() => {
        if (this.#shown > 0 || this.#page === null) return
        this.#page = null
        this.#send?.({ type: 'visit', page: null })
      })
    }
  }

  #visit(): void {
    const page = this.#page
    if (page !== null && page.length <= PAGE_CHARACTERS) this.#send?.({ type: 'visit', page })
  }

  visited({ page, came, left, count }: VisitorsMessage): void {
    if (page !== this.#page) return
    const stayed = left === null ? [] : this.#named.filter(({ id }) => !left.includes(id))
    this.#named = [...stayed, ...came]
    const others = this.#named.filter(({ id }) => id !== this.#me?.id)
    this.visitors.set({ people: this.#me ? [this.#me, ...others] : others, count })
  }

  isMe({ id }: Person): boolean {
    return id === this.#me?.id
  }

  /** The user is in the field, which shows what is at that place. */
  enter(field: object, place: FieldTarget): void {
    this.#here = { ...place, field, isTyping: this.#here?.field === field && this.#here.isTyping }
    this.pulse()
  }

  /** The user has changed what is in the field. */
  edited(field: object): void {
    if (this.#here?.field !== field) return
    this.#here.isTyping = true
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      if (this.#here) this.#here.isTyping = false
      this.pulse()
    }, TYPING_MS)
    this.pulse()
  }

  exit(field: object): void {
    if (this.#here?.field !== field) return
    clearTimeout(this.#pause)
    this.#here = null
    this.pulse()
  }

  /** Say where the user is, if that is news, and can be said: a value has to be there first. */
  pulse(): void {
    if (this.#timer !== undefined || !this.#send || !this.#news()) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#tell()
      },
      Math.max(0, this.#toldAt + PAUSE_MS - performance.now()),
    )
  }

  #tell(): void {
    const message = this.#news()
    if (!message || !this.#send) return
    this.#toldAt = performance.now()
    const { channel, store, at, data } = message
    this.#told = data && { channel, store, ...(at !== undefined && { at }), spot: spotOf(data) }
    this.#send(message)
  }

  /** What the server does not know yet. */
  #news(): Extract<ClientMessage, { type: 'presence' }> | null {
    const here = this.#here
    const told = this.#told
    const channel = here?.replica.channel ?? null
    const isTold = here !== null && JSON.stringify(here.path).length <= SPOT_CHARACTERS
    if (here && channel !== null && isTold) {
      const { address, version } = here.replica
      const data: Cursor = { path: here.path, version, typing: here.isTyping }
      const isKnown = told?.channel === channel && told.store === address.store && told.at === address.at
      return isKnown && told.spot === spotOf(data) ? null : { type: 'presence', channel, ...address, data }
    }
    if (!told) return null
    const { spot: _, ...place } = told
    return { type: 'presence', ...place, data: null }
  }

  /** Who types in a record now. */
  receive({ channel, entries }: PresenceMessage): void {
    const heard = entries.map(([author, person, spot]) => ({ author, person, spot }))
    if (heard.length > 0) this.#entries.set(channel, heard)
    else this.#entries.delete(channel)
    this.#index()
  }

  /** Items have moved, and who types in them with them. An author's own edits were in what they said already. */
  change({ channel, version, edits }: Change): void {
    const before = this.#entries.get(channel)
    if (!before?.some(({ spot }) => spot.path.some((step) => typeof step === 'number'))) return
    const moved = before.flatMap((entry) => {
      if (entry.spot.version >= version) return [entry]
      let path: Path | null = entry.spot.path
      for (const [author, , ops] of edits) {
        if (path && author !== entry.author) path = follow(path, ops)
      }
      return path ? [{ ...entry, spot: { ...entry.spot, path, version } }] : []
    })
    this.#entries.set(channel, moved)
    this.#index()
  }

  /** The server will say anew who types in a record. */
  forget(channel: number): void {
    if (this.#entries.delete(channel)) this.#index()
  }

  /** Who else is in a field for what is at that path of a record: each once, the same array as long as nothing changes. */
  typists(channel: number | null, path: Path): readonly Typist[] {
    const found = this.#typing.get()
    if (found.size === 0 || channel === null) return NOBODY
    return found.get(idOf(channel, path)) ?? NOBODY
  }

  readonly subscribe = (listener: () => void): Unsubscribe => this.#typing.subscribe(listener)

  #index(): void {
    const before = this.#typing.get()
    const found = new Map<string, Typist[]>()
    for (const [channel, entries] of this.#entries) {
      for (const { person, spot } of entries) {
        if (this.isMe(person)) continue
        const id = idOf(channel, spot.path)
        const others = (found.get(id) ?? []).filter((each) => each.id !== person.id)
        found.set(id, [...others, { ...person, isTyping: spot.typing }])
      }
    }
    if (found.size === 0 && before.size === 0) return
    const kept = [...found].map(([id, typists]) => {
      const known = before.get(id)
      return [id, known && equal(known as never, typists as never) ? known : typists] as const
    })
    this.#typing.set(new Map(kept))
  }
}

function idOf(channel: number, path: Path): string {
  return `${channel} ${JSON.stringify(path)}`
}

/** A newer version alone is no news. */
function spotOf({ path, typing }: Cursor): string {
  return JSON.stringify([path, typing])
}
