/** Zip archives (PKWARE APPNOTE), compressed by the browser. */

const SIGNATURES = { file: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 }
const VERSION = 20
/** Names are in UTF-8. */
const UTF8 = 0x0800
const DEFLATED = 8
/** January 1, 1980: the earliest date, in the notation of archives. */
const DATE = 0x21
const CHUNK_CHARACTERS = 1 << 20

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

interface Entry {
  name: Uint8Array<ArrayBuffer>
  crc: number
  size: number
  content: Blob
  offset: number
}

/** Return an archive of texts by file name; each text is given in parts. */
export async function zip(files: Record<string, Iterable<string>>, type: string): Promise<Blob> {
  const entries: Entry[] = []
  const parts: BlobPart[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const entry = { ...(await compressed(text)), name: new TextEncoder().encode(name), offset }
    const header = fileHeader(entry)
    entries.push(entry)
    parts.push(header, entry.name, entry.content)
    offset += header.byteLength + entry.name.length + entry.content.size
  }
  const directory = entries.flatMap((entry) => [directoryHeader(entry), entry.name])
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0)
  return new Blob([...parts, ...directory, endOf(entries.length, size, offset)], { type })
}

async function compressed(text: Iterable<string>): Promise<Pick<Entry, 'crc' | 'size' | 'content'>> {
  const encoder = new TextEncoder()
  let crc = -1
  let size = 0
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      for (const chunk of chunked(text)) {
        const bytes = encoder.encode(chunk)
        for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
        size += bytes.length
        controller.enqueue(bytes)
        await new Promise((resolve) => setTimeout(resolve)) // lets the page react
      }
      controller.close()
    },
  })
  const content = await new Response(source.pipeThrough(new CompressionStream('deflate-raw'))).blob()
  return { crc: ~crc >>> 0, size, content }
}

/** Join short parts of a text. */
function* chunked(text: Iterable<string>): Generator<string> {
  let chunk = ''
  for (const part of text) {
    chunk += part
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

function fileHeader(entry: Entry): Uint8Array<ArrayBuffer> {
  return bytesOf([[4, SIGNATURES.file], [2, VERSION], ...common(entry)])
}

function directoryHeader(entry: Entry): Uint8Array<ArrayBuffer> {
  const attributes: Field[] = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, entry.offset],
  ]
  return bytesOf([[4, SIGNATURES.entry], [2, VERSION], [2, VERSION], ...common(entry), ...attributes])
}

/** Return the fields of a file that its header and the directory have. */
function common({ crc, size, content, name }: Entry): Field[] {
  const sizes: Field[] = [
    [4, crc],
    [4, content.size],
    [4, size],
  ]
  return [[2, UTF8], [2, DEFLATED], [2, 0], [2, DATE], ...sizes, [2, name.length], [2, 0]]
}

function endOf(count: number, size: number, offset: number): Uint8Array<ArrayBuffer> {
  return bytesOf([
    [4, SIGNATURES.end],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, offset],
    [2, 0],
  ])
}

/** A number with its size in bytes. */
type Field = readonly [size: 2 | 4, value: number]

function bytesOf(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}
