/** The people at the places that the tab shows: a page, or the values that people share. No React. */

import { Observable, type Unsubscribe } from '../../observable'
import type { Person, VisitorsMessage } from '../../protocol'
import type { Presence, Watcher } from '../../sync/presence'
import type { Replica } from '../../sync/replica'
import type { Send } from '../../sync/subscription'

/** The length of the longest page address that the server takes. */
const MAX_PAGE_CHARACTERS = 2000
const NOBODY: Visitors = { people: [], count: 0 }

/** The name of a page, or the replica of a value. */
export type Place = string | Replica

export interface Visitors {
  /** The people that the server names, this user first. */
  people: readonly Person[]
  /** The number of all people, named or not. */
  count: number
}

interface Attended {
  /** The number of components that show the people. */
  shown: number
  named: readonly Person[]
  readonly visitors: Observable<Visitors>
  /** The name of the place on this connection, when the server knows that the tab is there. */
  told: string | number | null
}

export class People implements Watcher {
  readonly #places = new Map<Place, Attended>()
  #send: Send | null = null
  #me: Person | null = null

  /** Return the people of a tab. */
  static of(presence: Presence): People {
    if (!(presence.watcher instanceof People)) presence.watch(new People())
    return presence.watcher as People
  }

  connect(send: Send, me: Person): void {
    this.#send = send
    this.#me = me
    for (const attended of this.#places.values()) attended.told = null
    this.update()
  }

  /** Keep the people: most will still be there after the reconnect. */
  disconnect(): void {
    this.#send = null
  }

  /** Tell the server of the places at which it does not know this tab. */
  update(): void {
    for (const [place, attended] of this.#places) if (attended.shown > 0) this.#visit(place, attended)
  }

  visitors(place: Place): Observable<Visitors> {
    return this.#at(place).visitors
  }

  /** Watch the people at a place, and be one of them, until the returned function is called. */
  attend(place: Place): Unsubscribe {
    const attended = this.#at(place)
    attended.shown++
    this.#visit(place, attended)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--attended.shown > 0) return
      // On the way to another page the component there attends right after this one stops.
      queueMicrotask(() => {
        if (attended.shown > 0 || this.#places.get(place) !== attended) return
        this.#places.delete(place)
        this.#leave(place, attended)
      })
    }
  }

  receive({ place, came, left, count }: VisitorsMessage): void {
    const attended = [...this.#places.values()].find(({ told }) => told === place)
    if (!attended) return
    const stayed = left === null ? [] : attended.named.filter(({ id }) => !left.includes(id))
    attended.named = [...stayed, ...came]
    const others = attended.named.filter(({ id }) => id !== this.#me?.id)
    attended.visitors.set({ people: this.#me ? [this.#me, ...others] : others, count })
  }

  #at(place: Place): Attended {
    const known = this.#places.get(place)
    if (known) return known
    const attended: Attended = { shown: 0, named: [], visitors: new Observable(NOBODY), told: null }
    this.#places.set(place, attended)
    return attended
  }

  #visit(place: Place, attended: Attended): void {
    const name = typeof place === 'string' ? place : place.channel
    if (!this.#send || name === attended.told) return
    attended.told = name
    if (name === null) {
      attended.named = []
      attended.visitors.set(NOBODY) // the user may not read the value any more
    } else if (typeof place !== 'string')
      this.#send({ type: 'attend', channel: name as number, ...place.address, present: true })
    else if (place.length <= MAX_PAGE_CHARACTERS) this.#send({ type: 'visit', page: place })
  }

  #leave(place: Place, { told }: Attended): void {
    if (told === null) return
    if (typeof place !== 'string')
      this.#send?.({ type: 'attend', channel: told as number, ...place.address, present: false })
    else if (![...this.#places.keys()].some((each) => typeof each === 'string'))
      this.#send?.({ type: 'visit', page: null })
  }
}
