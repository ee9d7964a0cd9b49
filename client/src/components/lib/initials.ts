/** Initials of people. */

/** Return one or two letters for a name; of an e-mail address, only the part before the @ counts. */
export function initials(name: string): string {
  const words = (name.replace(/(?<=.)@.*/, '').match(/[\p{L}\p{N}\p{Extended_Pictographic}][^\s._-]*/gu) ?? [name]).map(
    (word) =>
      [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word)].map(({ segment }) => segment),
  )
  const [first = ['?'], last] = [words[0], words.length > 1 ? words.at(-1) : undefined]
  const letters = last ? [first[0], last[0]] : first.slice(0, 2)
  return letters.join('').toLocaleUpperCase()
}
