/**
 * The texts that the client itself shows to people, by subject. Texts of the app and of the server are not here, and those
 * of components that few pages have are in `messages/`. These files import nothing, so that a translation replaces them
 * alone.
 */

/** States of the connection, in the header; `short` is for narrow windows. */
export const CONNECTION = {
  live: { text: 'Live' },
  saving: { text: 'Saving…' },
  connecting: { text: 'Connecting…' },
  reconnecting: { text: 'Reconnecting, your edits are kept', short: 'Offline, edits kept' },
  loggedOut: { text: 'Logged out, your edits are kept', short: 'Logged out, edits kept' },
  unsaved: (reason: string) => ({ text: `Not saved yet: ${within(reason)}. Retrying`, short: 'Not saved yet' }),
  stale: (reason: string) => ({ text: `Not up to date: ${within(reason)}. Retrying`, short: 'Not up to date' }),
  outdated: 'New version, reload',
}

/** Labels of the frame around the pages. */
export const FRAME = {
  menu: 'Menu',
  close: 'Close the menu',
  pages: 'Pages',
  logOut: 'Log out',
  useLight: 'Use light mode',
  useDark: 'Use dark mode',
  notices: 'Notices',
}

/** Messages in the place of a component or a page. */
export const DRAWING = {
  noComponent: (name: string) => `This build of the app has no component ${name}.`,
  notLoaded: 'This part of the page could not be loaded.',
  failedPage: 'This page could not be drawn',
  failedPageHint: "The browser's console tells why.",
  cut: 'Not connected to the server; this is computed again when the connection is back.',
  tryAgain: 'Try again',
  reload: 'Reload',
}

/** Reasons why an edit was not made or not saved. */
export const EDIT = {
  notSaved: 'Not saved',
  lost: 'Lost',
  readonly: 'This value is read-only.',
  computed: 'This value is computed, so it cannot be changed.',
  noRoom: 'This value belongs to nothing yet, so it cannot be changed.',
  halfCharacter: 'Half a character cannot be saved.',
  tooLarge: 'This is too large to be saved.',
  earlierUnsaved: 'An earlier edit of this value is not saved yet, so this one was not made.',
  unconnected: 'There is no connection yet, so this edit was not made.',
  rejected: 'An edit was rejected.',
  revoked: 'You may no longer read this value, so your last edit was not saved.',
  hidden: 'The page no longer shows what you have edited, so this was not saved.',
  misfit: 'Your last edit does not fit the present value, so it was not saved.',
  conflict: 'Somebody else changed the same value, so your last edit was not saved.',
  raced: 'Somebody changed the same value while the connection was down, so this was not saved.',
  removed: 'Somebody removed what you were changing, so this was not saved.',
  forgotten: 'The server has restarted and forgotten what was here.',
}

/** Messages about the browser: its storage, the address of the page, the clipboard, downloads. */
export const BROWSER = {
  storageFull: 'This browser could not keep the value: its storage is full or switched off.',
  notInAddress: (reason: string) => `This cannot be in the address of the page: ${reason}.`,
  halfCharacter: 'it holds half a character',
  tooLong: 'it is too long',
  notFetched: 'The page could not be fetched; try again when the server is back.',
  copied: 'Copied.',
  notCopied: 'This browser did not allow the text to be copied.',
  nothingToDownload: 'This page does not have the value to download.',
}

/** Reasons why an action was not run, or has no result. */
export const ACTION = {
  disconnected: 'Not done: there is no connection to the server. What you type is kept; press again when it is back.',
  reconnected: 'The connection is back. What you pressed meanwhile was not done: press it again.',
  connectionLost: 'The connection was lost before the server answered.',
  cancelled: 'This was cancelled.',
  tooMany: 'Too many runs of this action are waiting already, so this one was not run.',
  partChanged: 'This part of the page has changed since then, so the action was not run.',
}

/** Reasons why a field does not take what was entered. */
export const FIELD = {
  unshowable: (json: string) => `${json} cannot be shown here.`,
  incompleteNumber: 'This number is not complete.',
  noNumber: (text: string) => `“${text}” is not a number.`,
  ambiguousNumber: (plain: string, decimal: string) =>
    `Write ${plain} or ${decimal}: a comma before three digits can mean either.`,
  numberTooLarge: (largest: number) => `This number is too large: numbers are exact up to ${largest}.`,
  numberTooSmall: 'This number is too small to be distinguished from 0.',
}

/** Labels inside components. */
export const COMPONENT = {
  close: 'Close',
  progress: 'Progress',
  from: (title: string) => `${title}, from`,
  to: (title: string) => `${title}, to`,
  type: 'Type the value',
  clear: 'Clear',
  done: 'Done',
  open: 'To do',
  noChoice: (value: string) => `${value} (not among the choices)`,
  nothingFound: 'Nothing found',
}

/** Return a sentence as it is within another one. */
function within(sentence: string): string {
  return sentence.replace(/\.$/, '').replace(/^The /, 'the ')
}
