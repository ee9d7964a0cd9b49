/** What leaves the page: text on the clipboard, values and downloads as files. */

import { isObject } from '../edits'
import type { Json } from '../protocol'

/** A list of objects as CSV (RFC 4180), with a column for every member; other values as one cell. */
export function csvOf(value: Json): string {
  const rows = Array.isArray(value) ? value : [value]
  const columns = [...new Set(rows.flatMap((row) => (isObject(row) ? Object.keys(row) : ['value'])))]
  const cells = rows.map((row) => columns.map((column) => (isObject(row) ? row[column] : row) ?? null))
  return [columns, ...cells].map((row) => row.map(cellOf).join(',')).join('\r\n')
}

function cellOf(value: Json): string {
  const text = typeof value === 'object' ? (value === null ? '' : JSON.stringify(value)) : String(value)
  // A spreadsheet would take what begins like this for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Whether the text is in the clipboard now. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** Where there is no clipboard, as on plain http, a selection may still be copied. */
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

export function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
}
