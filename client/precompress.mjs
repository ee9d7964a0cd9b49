/** Script that writes a brotli and a gzip variant beside every built file that they make smaller. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const BUILT = new URL('../src/dara/core/_static/', import.meta.url).pathname

for (const name of readdirSync(BUILT, { recursive: true })) {
  if (!/\.(js|css|svg)$/.test(name)) continue
  const path = join(BUILT, name)
  const bytes = readFileSync(path)
  const variants = {
    br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    gz: gzipSync(bytes, { level: 9 }),
  }
  for (const [ending, variant] of Object.entries(variants)) {
    if (variant.length < bytes.length) writeFileSync(`${path}.${ending}`, variant)
  }
}
