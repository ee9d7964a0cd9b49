/**
 * Positions in a table that is taller than browsers can scroll: they limit elements to some ten million pixels.
 *
 * The rows have a height of `rowsPx`, and the element that scrolls one of at most `MAX_PX`. A wheel or a key scrolls
 * the rows at its usual speed; a longer way, such as that of a dragged scroll bar, is scaled.
 */

export const MAX_PX = 8_000_000
/** The longest way of one event, in heights of the view, that is taken for that of a wheel, a finger or a key. */
const NEAR_VIEWS = 3
/** The height of the parts at both ends, in heights of the view, that are not scaled. */
const END_VIEWS = 4

export class ScrollScale {
  /** The position in the rows that is at the top of the view. */
  top = 0
  /** The scroll position of the element. */
  scrollTop = 0
  #rowsPx = 0
  #viewPx = 0

  /** The height of the element that scrolls. */
  get scrollPx(): number {
    return Math.min(this.#rowsPx, MAX_PX)
  }

  get #maxTop(): number {
    return Math.max(0, this.#rowsPx - this.#viewPx)
  }

  get #maxScrollTop(): number {
    return Math.max(0, this.scrollPx - this.#viewPx)
  }

  /** The place of the first row in the element; it may be above its beginning. */
  get offset(): number {
    return this.scrollTop - this.top
  }

  resize(rowsPx: number, viewPx: number): void {
    this.#rowsPx = rowsPx
    this.#viewPx = viewPx
    this.goTo(this.top)
  }

  /** Follow the element, which a user has scrolled. */
  follow(scrollTop: number): void {
    const way = scrollTop - this.scrollTop
    this.scrollTop = scrollTop
    if (this.#rowsPx <= MAX_PX) this.top = scrollTop
    else if (Math.abs(way) <= NEAR_VIEWS * this.#viewPx) this.top = this.#within(this.top + way)
    else this.top = this.#within((scrollTop / this.#maxScrollTop) * this.#maxTop)
    if (scrollTop <= 0 || scrollTop >= this.#maxScrollTop) this.settle()
  }

  /** Move the element to where the scroll bar shows the position in the rows, so that there is room in both directions. */
  settle(): void {
    this.goTo(this.top)
  }

  goTo(top: number): void {
    this.top = this.#within(top)
    if (this.#rowsPx <= MAX_PX) {
      this.scrollTop = this.top
      return
    }
    const scaled = Math.round((this.top / this.#maxTop) * this.#maxScrollTop)
    const room = END_VIEWS * this.#viewPx
    const least = Math.min(this.top, room)
    const greatest = this.#maxScrollTop - Math.min(this.#maxTop - this.top, room)
    this.scrollTop = Math.min(Math.max(scaled, least), greatest)
  }

  #within(top: number): number {
    return Math.min(Math.max(top, 0), this.#maxTop)
  }
}
