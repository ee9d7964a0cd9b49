/** Long work in slices, between which the browser handles events and paints. */

/** Work that can be left alone at every `yield`, and returns a result at its end. */
export type Steps<T> = Generator<void, T>

const SLICE_MS = 10

/** The time that has been used without a pause. */
export class Slices {
  #end = performance.now() + SLICE_MS

  /** Let the browser go on, if the slice is over. */
  async pause(): Promise<void> {
    if (performance.now() < this.#end) return
    await new Promise<void>(inNextTask)
    this.#end = performance.now() + SLICE_MS
  }
}

/** Do all the work at once. */
export function finish<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Do the work, the first slice now; return a function that ends the work early. */
export function inSlices<T>(work: Steps<T>, onDone: (result: T) => void): () => void {
  let isOver = false
  const go = () => {
    const end = performance.now() + SLICE_MS
    while (!isOver) {
      const step = work.next()
      if (step.done) {
        isOver = true
        onDone(step.value)
      } else if (performance.now() >= end) return inNextTask(go)
    }
  }
  go()
  return () => {
    isOver = true
  }
}

/** Call back in a task of its own. A timer would wait for 4 ms. */
function inNextTask(callback: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    callback()
  }
  port2.postMessage(null)
}
