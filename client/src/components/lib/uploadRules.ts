/** The rules of files that a field takes; the server checks them again. */

import { UPLOAD } from '../../messages/upload'

export interface Rules {
  /** Media types and suffixes, separated by commas; the type `*` + `/*` for all. */
  accept: string
  maxSize: number
  maxFiles: number
}

/** Return why a file is not taken; `null` if it is. */
export function refusalOf(file: File, { accept, maxSize }: Rules): string | null {
  if (file.size > maxSize) return UPLOAD.tooLarge(file.size, maxSize)
  return isAccepted(accept, file.name, file.type) ? null : UPLOAD.otherType(kindsOf(accept))
}

/** Return whether a file of that name and type is taken. */
export function isAccepted(accept: string, name: string, type: string): boolean {
  const kinds = partsOf(accept)
  const [lowerName, lowerType] = [name.toLowerCase(), type.toLowerCase().split(';')[0]?.trim() ?? '']
  const fits = (kind: string) => {
    if (kind.startsWith('.')) return lowerName.endsWith(kind)
    return kind === '*/*' || kind === lowerType || (kind.endsWith('/*') && lowerType.startsWith(kind.slice(0, -1)))
  }
  return kinds.length === 0 || kinds.some(fits)
}

/** Return the accepted kinds for people: the suffixes if there are any, and else the types. */
export function kindsOf(accept: string): string {
  const kinds = partsOf(accept).filter((kind) => kind !== '*/*')
  const suffixes = kinds.filter((kind) => kind.startsWith('.')).map((kind) => kind.slice(1).toUpperCase())
  const types = kinds.map((kind) => kind.replace(/^(\w+)\/\*$/, '$1').replace(/^.*\/(x-)?/, ''))
  return [...new Set(suffixes.length > 0 ? suffixes : types)].join(', ')
}

function partsOf(accept: string): string[] {
  return accept
    .split(',')
    .map((kind) => kind.trim().toLowerCase())
    .filter(Boolean)
}
