/** Large results as they come: in lines of JSON, or in pieces of them. */

import type { Json } from '../protocol'
import type { Steps } from '../slices'

export class Lines {
  #begun: string[] = []
  #result: Json = []

  /** The result so far: the list of the elements of all lines, or the only line if that is no list. */
  get result(): Json {
    return this.#result
  }

  /** Add a line. */
  add(line: Json): void {
    if (Array.isArray(line) && Array.isArray(this.#result)) for (const each of line) this.#result.push(each)
    else this.#result = line
  }

  /** Add the lines that end in a piece of text; the work can be left alone after each of them. */
  *addText(text: string): Steps<void> {
    const [first = '', ...others] = text.split('\n')
    this.#begun.push(first)
    for (const next of others) {
      this.add(JSON.parse(this.#begun.join('')) as Json)
      this.#begun = [next]
      yield
    }
  }
}
