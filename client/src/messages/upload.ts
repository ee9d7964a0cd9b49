/** The texts of uploads. */

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** Return a number of bytes for people, such as `1.5 MB`. */
export function bytesOf(size: number): string {
  if (size === 1) return '1 byte'
  let amount = size
  let unit = 0
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000
    unit++
  }
  return `${amount.toLocaleString(undefined, { maximumSignificantDigits: 3 })} ${UNITS[unit]}`
}

export const UPLOAD = {
  drop: (max: number) => (max === 1 ? 'Drop a file here, or' : 'Drop files here, or'),
  choose: (max: number) => (max === 1 ? 'choose a file' : 'choose files'),
  paste: 'You can also paste.',
  kinds: (kinds: string, size: number, max: number) =>
    `${kinds}${kinds && ', '}up to ${bytesOf(size)}${max === 1 ? '' : ' each'}`,
  name: 'Upload',
  files: 'Files',
  of: (sent: number, size: number) => `${bytesOf(sent)} of ${bytesOf(size)}`,
  waiting: 'Waiting',
  sending: 'Uploading',
  paused: 'No connection. Continues by itself',
  processing: 'The server is reading it …',
  done: 'Uploaded',
  failed: 'Not uploaded',
  cancel: (name: string) => `Cancel the upload of ${name}`,
  remove: (name: string) => `Remove ${name} from this list`,
  retry: (name: string) => `Upload ${name} again`,
  progress: (name: string) => `Upload of ${name}`,
  tooLarge: (size: number, limit: number) =>
    `The file has ${bytesOf(size)}, and at most ${bytesOf(limit)} are allowed.`,
  otherType: (kinds: string) => `Files of this type are not taken here, only ${kinds}.`,
  tooMany: (limit: number) =>
    limit === 1 ? 'One file can be uploaded at a time.' : `${limit} files can be uploaded at one time.`,
  unreadable: 'The browser cannot read this. It may have changed, or be a folder.',
  loggedOut: 'You are logged out. Log in again, and upload the file again.',
  refused: (status: number) => `The server did not take the file (${status}).`,
  unknown: 'The connection was lost while the server was reading the file. Look whether it has arrived.',
  announced: (name: string, state: string) => `${name}: ${state}`,
}
