/** The texts about limits of fields. They are the same as those of the server. */

/** Reasons why a value does not meet the limits of its field. */
export const LIMIT = {
  required: 'Fill this in.',
  unchecked: 'Check this box to go on.',
  tooShort: (least: number) => `Write at least ${least} characters.`,
  tooLong: (most: number) => `Write at most ${most} ${most === 1 ? 'character' : 'characters'}.`,
  pattern: 'This does not have the expected form.',
  email: 'Enter an e-mail address such as name@example.org.',
  url: 'Enter an address such as https://example.org.',
  whole: 'Enter a whole number.',
  notAbove: (limit: number) => `Enter more than ${limit}.`,
  notBelow: (limit: number) => `Enter less than ${limit}.`,
  noMultiple: (factor: number) => `Enter a multiple of ${factor}.`,
  tooSmall: (least: number | string) => `Enter ${least} or more.`,
  tooLarge: (most: number | string) => `Enter ${most} or less.`,
  tooEarly: (first: string) => `Enter ${first} or later.`,
  tooLate: (last: string) => `Enter ${last} or earlier.`,
  betweenSteps: (below: number, above: number) => `Enter ${below} or ${above}.`,
}
