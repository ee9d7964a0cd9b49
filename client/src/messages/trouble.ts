/** Messages about what goes wrong, loaded when something does. */

/** The notice that unsaved edits wait for a login; `other` is the user who is logged in instead. */
export const LOGIN = {
  title: (other: string | null) => (other === null ? 'You are logged out' : `${other} is logged in now`),
  edits: (other: string | null) =>
    other === null
      ? 'Your edits are kept on this page. They are saved when you have logged in again.'
      : `Your edits are kept on this page, and are not saved as ${other}.`,
  draft: 'What you have entered is kept on this page. You can save it when you have logged in again.',
  link: (other: string | null, user: string) =>
    other === null ? 'Log in in a new tab' : `Log in as ${user} in a new tab`,
}

export const TROUBLE = {
  unshowable: 'This value cannot be shown',
  unshowableIn: (component: string) => `${component} cannot show this value.`,
  stale: (time: string) => `Out of date since ${time}.`,
  broken: 'The app cannot be loaded',
  brokenHint: 'Your edits are kept. This page goes on by itself when the file has been changed.',
  stored: 'Stored:',
  take: 'Take the stored value',
  clear: 'Clear',
  conflict: 'Other values were saved while you were editing:',
  choose: 'Choose which to keep before you save.',
  empty: 'nothing',
  takeTheirs: 'Show theirs',
  keepMine: 'Keep mine',
  dismiss: 'Dismiss',
  copy: 'Copy',
}
