/** Patterns of addresses, such as `/notes/:id`, and which paths they match: the twin of `_pattern.py`. */

export type Params = Readonly<Record<string, string | null>>

type Segment = { kind: 'static' | 'parameter'; text: string; isOptional: boolean } | { kind: 'splat' }

/** Return the parameters of `path`, which is percent-encoded, or `null` if it is another address. */
export function matchPattern(pattern: string, path: string, caseSensitive = false): Params | null {
  const words = wordsOf(path)
  return words && matchWords(parse(pattern), words, caseSensitive)
}

/** Compares how specific two patterns are; the lesser of several that match a path is meant. */
export function bySpecificity(one: string, other: string): number {
  const [left, right] = [rank(one), rank(other)]
  return left === right ? 0 : left > right ? -1 : 1
}

/**
 * The address that a pattern is with these parameters, percent-encoded; `null` while one that it needs is missing, or cannot
 * be in an address.
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

/** A word of one or two dots means another place, also if it is percent-encoded: in a value it has a tilde before it. */
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
    return null // a percent sign that encodes nothing
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

/** One digit for each segment, so that ranks compare as texts. */
function rank(pattern: string): string {
  return parse(pattern).map(digitOf).join('') + END
}

function digitOf(segment: Segment): string {
  if (segment.kind === 'splat') return '0'
  if (segment.kind === 'static') return segment.isOptional ? '4' : '5'
  return segment.isOptional ? '1' : '2'
}
