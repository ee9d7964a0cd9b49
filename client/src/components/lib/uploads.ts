/** The files of one field that are, or were, on their way to the server. No React. */

import { UPLOAD } from '../../messages/upload'
import { Observable } from '../../observable'
import { type Receiver, Upload } from './upload'
import { type Rules, refusalOf } from './uploadRules'

/** The number of files that are sent at one time. */
const AT_ONCE = 2
/** The number of uploads that stay in the list. */
const KEPT = 50

export interface Item {
  id: number
  upload: Upload
}

export class Uploads extends Observable<readonly Item[]> {
  /** The latest news, for screen readers. */
  readonly announcement = new Observable('')
  readonly #receiver: Receiver
  #running = 0
  #ids = 0

  constructor(receiver: Receiver) {
    super([])
    this.#receiver = receiver
  }

  get hasOpen(): boolean {
    return this.get().some(({ upload }) => upload.isOpen)
  }

  /** Upload files, as far as the rules allow. */
  add(files: Iterable<File>, rules: Rules): void {
    for (const file of files) {
      const open = this.get().filter(({ upload }) => upload.isOpen).length
      const refusal = refusalOf(file, rules) ?? (open >= rules.maxFiles ? UPLOAD.tooMany(rules.maxFiles) : null)
      this.#add(new Upload(file, this.#receiver), refusal)
    }
    this.#startNext()
  }

  /** Upload the file of an item again. */
  retry(item: Item, rules: Rules): void {
    this.remove(item)
    this.add([item.upload.file], rules)
  }

  /** Cancel an upload if it is open, and take it off the list. */
  remove({ id, upload }: Item): void {
    upload.cancel()
    this.set(this.get().filter((item) => item.id !== id))
  }

  /** Cancel all uploads that are open. */
  cancelAll(): void {
    for (const { upload } of this.get()) upload.cancel()
  }

  #add(upload: Upload, refusal: string | null): void {
    const items = [...this.get(), { id: ++this.#ids, upload }]
    const surplus = items
      .filter((item) => item.upload.get().state === 'done')
      .slice(0, Math.max(0, items.length - KEPT))
    this.set(items.filter((item) => !surplus.includes(item)))
    if (refusal === null) return
    upload.fail(refusal)
    this.#announce(upload)
  }

  #startNext(): void {
    for (const { upload } of this.get()) {
      if (this.#running >= AT_ONCE) return
      if (upload.get().state === 'waiting' && !upload.isStarted) void this.#run(upload)
    }
  }

  async #run(upload: Upload): Promise<void> {
    this.#running++
    await upload.run()
    this.#running--
    this.#announce(upload)
    this.#startNext()
  }

  #announce(upload: Upload): void {
    const { state, problem } = upload.get()
    if (state === 'done') this.announcement.set(UPLOAD.announced(upload.file.name, UPLOAD.done))
    if (state === 'failed') this.announcement.set(UPLOAD.announced(upload.file.name, problem ?? UPLOAD.failed))
  }
}
