/** Patterns of addresses, such as `/notes/:id`: the paths that they match. Twin of `_pattern.py`. */

export type Params = Readonly<Record<string, string | null>>

type Segment = { kind: 'static' | 'parameter'; text: string; isOptional: boolean } | { kind: 'splat' }

/** Return the parameters of a percent-encoded path, or `null` if the pattern does not match. */
export function matchPattern(pattern: string, path: string, caseSensitive = false): Params | null {
  const words = wordsOf(path)
  return words && matchWords(parse(pattern), words, caseSensitive)
}

/** Compare two patterns by specificity. The least one of those that match a path wins. */
export function bySpecificity(one: string, other: string): number {
  const [left, right] = [rank(one), rank(other)]
  return left === right ? 0 : left > right ? -1 : 1
}

/**
 * Return the percent-encoded path of a pattern with these parameters. Returns `null` if a required parameter is missing,
 * or has a value that no address can hold.
 */
export function fillPattern(pattern: string, params: Params): string | null {
  const words: string[] = []
  for (const segment of parse(pattern)) {
    if (segment.kind === 'splat') {
      words.push(...(params.splat ?? '').split('/').filter(Boolean).map(escaped))
    } else if (segment.kind === 'static') {
      words.push(segment.text)
    } else {
      const value = params[segment.text] ?? ''
      if (!value && !segment.isOptional) return null
      if (value) words.push(escaped(value))
    }
  }
  return words.every((word) => word.isWellFormed()) ? `/${words.map(encodeURIComponent).join('/')}` : null
}

/** Put a tilde before a word of one or two dots: browsers resolve such a word, even percent-encoded. */
function escaped(word: string): string {
  return /^~*\.{1,2}$/.test(word) ? `~${word}` : word
}

function unescaped(word: string): string {
  return /^~+\.{1,2}$/.test(word) ? word.slice(1) : word
}

function parse(pattern: string): Segment[] {
  return pattern.split('/').filter(Boolean).map(segmentOf)
}

function segmentOf(word: string): Segment {
  if (word === '*') return { kind: 'splat' }
  const isOptional = word.endsWith('?')
  const text = isOptional ? word.slice(0, -1) : word
  return text.startsWith(':')
    ? { kind: 'parameter', text: text.slice(1), isOptional }
    : { kind: 'static', text, isOptional }
}

function wordsOf(path: string): string[] | null {
  const trimmed = path.replace(/^\/+|\/+$/g, '')
  if (!trimmed) return []
  if (trimmed.includes('//')) return null
  try {
    return trimmed.split('/').map(decodeURIComponent)
  } catch {
    return null // a percent sign without two digits
  }
}

function matchWords(segments: readonly Segment[], words: readonly string[], caseSensitive: boolean): Params | null {
  const [first, ...rest] = segments
  if (!first) return words.length > 0 ? null : {}
  if (first.kind === 'splat') return { splat: words.map(unescaped).join('/') }
  const [word, ...others] = words
  const own = first.kind === 'parameter' ? first.text : null
  if (word !== undefined && (own !== null || isSame(first.text, word, caseSensitive))) {
    const found = matchWords(rest, others, caseSensitive)
    if (found) return own === null ? found : { [own]: unescaped(word), ...found }
  }
  if (!first.isOptional) return null
  const found = matchWords(rest, words, caseSensitive)
  return found && own !== null ? { [own]: null, ...found } : found
}

function isSame(word: string, other: string, caseSensitive: boolean): boolean {
  return word === other || (!caseSensitive && word.toLowerCase() === other.toLowerCase())
}

const END = '3'

/** Return one digit for each segment, so that ranks compare as strings. */
function rank(pattern: string): string {
  return parse(pattern).map(digitOf).join('') + END
}

function digitOf(segment: Segment): string {
  if (segment.kind === 'splat') return '0'
  if (segment.kind === 'static') return segment.isOptional ? '4' : '5'
  return segment.isOptional ? '1' : '2'
}
