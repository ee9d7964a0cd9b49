/** Pasted content, as files. */

import { isAccepted } from './uploadRules'

const EDITABLE = 'input:not([type=file]), textarea, [contenteditable]:not([contenteditable=false])'

/** Return the pasted files, or the pasted text as a file; nothing if it is pasted into a text field. */
export function pastedFiles(event: ClipboardEvent, accept: string): File[] {
  const { clipboardData: data, target } = event
  if (!data || (target instanceof Element && target.closest(EDITABLE))) return []
  if (data.files.length > 0) return [...data.files]
  const text = data.getData('text/plain')
  if (!text) return []
  const [name, type] = isAccepted(accept, 'pasted.csv', 'text/csv')
    ? ['pasted.csv', 'text/csv']
    : ['pasted.txt', 'text/plain']
  return [new File([text], name, { type })]
}
