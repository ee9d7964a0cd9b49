/** Exports of values: to the clipboard, and to files. */

import { isObject } from '../edits'
import type { Json } from '../protocol'

/** The time for which the browser can read a saved value before its memory is freed. */
const SAVE_MS = 60_000

/** Return a list of objects as CSV (RFC 4180) with a column for every member. Any other value is one cell. */
export function csvOf(value: Json): string {
  const rows = Array.isArray(value) ? value : [value]
  const columns = [...new Set(rows.flatMap((row) => (isObject(row) ? Object.keys(row) : ['value'])))]
  const cells = rows.map((row) => columns.map((column) => (isObject(row) ? row[column] : row) ?? null))
  return [columns, ...cells].map((row) => row.map(cellOf).join(',')).join('\r\n')
}

function cellOf(value: Json): string {
  const text = typeof value === 'object' ? (value === null ? '' : JSON.stringify(value)) : String(value)
  // A spreadsheet would take a text with such a beginning for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

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

/** Download a value as a file. */
export function save(value: Json, name: string, type: 'csv' | 'json'): void {
  const text = type === 'json' ? JSON.stringify(value, null, 2) : csvOf(value)
  const url = URL.createObjectURL(new Blob([text], { type: type === 'json' ? 'application/json' : 'text/csv' }))
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
