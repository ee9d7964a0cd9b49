/** The colours of people: of two that this tab knows of, no two are the same, while there are enough. */

import type { Person } from '../protocol'

/** Those that the server chooses from; neighbours differ much. */
const PALETTE = '#d03c37 #167f78 #be511b #137baa #a26409 #2b70d7 #707923 #6465d8 #318145 #8c58cf #b148a9 #d0356d'.split(
  ' ',
)

export class Colors {
  readonly #colors = new Map<string, string>()

  /** Return a person in a colour that nobody else has; one who is known keeps theirs. */
  readonly of = (person: Person): Person => {
    const taken = [...this.#colors.values()]
    const free = () => [person.color, ...PALETTE].find((each) => !taken.includes(each)) ?? person.color
    const color = this.#colors.get(person.id) ?? free()
    this.#colors.set(person.id, color)
    return { ...person, color }
  }
}
