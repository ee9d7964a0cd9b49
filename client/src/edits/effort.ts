/** The bounded effort of comparing values. Twin of `_edits/effort.py`. */

/** The effort that one difference may spend. Where it runs out, the rest counts as replaced. */
export const EFFORT = 250_000
/** The effort that the search in one text or array may take. */
export const SEARCH = 5_000
/** The product of the lengths of two sequences up to which their search takes an effort by their lengths. */
export const TABLE = 500_000
/** The effort of one step of a search. */
export const STEP = 2
/** The effort of an op, which is also measured, encoded, sent and applied. */
export const OP = 20
/** The effort of making one element, word or line comparable by a hash. */
export const MARK = 6
/** The effort of preparing one element for a search, if some are in both sequences. */
export const ELEMENT = 10
/** The effort of reading the identity of an item. */
export const IDENTITY = 4
/** The number of bytes that are encoded with an effort of 1. */
export const BYTES = 32
/** The number of texts whose insides one difference may compare. */
export const TEXTS = 200
/** The number of texts for which one with nothing in common counts. */
export const UNLIKE = 5
/** The depth down to which comparing costs no effort. Each level below reads its content again. */
export const FREE_DEPTH = 3

/** The effort that is left for one difference, and the number of texts to compare. */
export class Effort {
  left = EFFORT
  texts = TEXTS

  /** Spend `cost` if that much is left; return whether it was. */
  affords(cost: number): boolean {
    if (cost > this.left) return false
    this.left -= cost
    return true
  }
}
