/** Exports of values: to the clipboard, and to files. */

import type { FilePiece, Json } from '../protocol'
import type { Sheet } from './sheets'

/** The time for which the browser can read a saved value before its memory is freed. */
const SAVE_MS = 60_000

/** The formats in which values are saved. */
export type SaveType = 'csv' | 'json' | 'xlsx'

/** Copy a text to the clipboard; return whether the browser allowed it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** Copy a text as a selection: without https the clipboard has no other access. */
function copySelected(text: string): boolean {
  const focused = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.style.cssText = 'position:fixed;inset:0 auto auto 0;opacity:0'
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}

/** Download a value as a file; a list of objects is a sheet with a column for every member. */
export async function save(value: Json, name: string, type: SaveType): Promise<void> {
  if (type === 'json') return saveBlob(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }), name)
  const { sheetOf } = await import('./sheets')
  await saveSheet(sheetOf(value), name, type)
}

/** Download a sheet as a file. */
export async function saveSheet(given: Sheet, name: string, type: 'csv' | 'xlsx'): Promise<void> {
  const { csvOf, withDays } = await import('./sheets')
  const sheet = withDays(given)
  if (type === 'xlsx') return saveBlob(await (await import('./workbook')).workbookOf(sheet), name)
  saveBlob(new Blob([csvOf(sheet)], { type: 'text/csv' }), name)
}

/** The files that the server sends in pieces on the connection of the tab. */
export class Pieces {
  #files = new Map<string, Uint8Array<ArrayBuffer>[]>()

  /** Add a piece; with the last one, download the file. */
  add({ file, content, name }: FilePiece): void {
    const pieces = this.#files.get(file) ?? []
    pieces.push(Uint8Array.from(atob(content), (char) => char.charCodeAt(0)))
    if (name === null) {
      this.#files.set(file, pieces)
      return
    }
    this.#files.delete(file)
    saveBlob(new Blob(pieces), name)
  }

  /** Drop the files whose other pieces will not come. */
  clear(): void {
    this.#files.clear()
  }
}

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  download(url, name)
  setTimeout(() => URL.revokeObjectURL(url), SAVE_MS)
}

/** Download a file from an address. */
export function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
}
