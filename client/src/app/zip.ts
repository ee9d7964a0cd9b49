import { strToU8, Zip, ZipDeflate } from 'fflate'

/** Small enough to be compressed without a pause that people notice. */
const CHUNK_CHARACTERS = 1 << 17

/** Return a zip archive of texts by file name; each text is given in parts. The page stays usable meanwhile. */
export async function zip(files: Record<string, Iterable<string>>, type: string): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  const archive = new Zip((error, part) => {
    if (error) throw error
    parts.push(part)
  })
  for (const [name, text] of Object.entries(files)) {
    // Not the class with a worker of its own, which a page's content security policy may refuse.
    const file = new ZipDeflate(name)
    archive.add(file)
    for (const chunk of chunked(text)) {
      file.push(strToU8(chunk))
      await new Promise((resolve) => setTimeout(resolve))
    }
    file.push(new Uint8Array(), true)
  }
  archive.end()
  return new Blob(parts, { type })
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
