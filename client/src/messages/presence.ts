/** The texts of the list of people on a page, or of a value. */

export const PRESENCE = {
  onPage: 'On this page',
  here: 'Here',
  you: (name: string) => `${name} (you)`,
  more: (count: number) => `${count} more`,
}
