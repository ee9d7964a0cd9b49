// Parses a list of source texts on the standard input: `parse.mjs .ts tree` writes their syntax trees, and `parse.mjs .ts
// errors` what is wrong with each.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const { resolve } = createRequire(new URL('../../client/package.json', import.meta.url))
const { parseSync } = await import(pathToFileURL(resolve('vite')))

const [, , suffix, wanted] = process.argv
const parsed = JSON.parse(await text(process.stdin)).map((source) => {
  const { program, errors } = parseSync(`source${suffix}`, source, { preserveParens: false })
  const error = errors.map(({ message }) => message).join('; ')
  if (wanted === 'errors') return error
  if (error) throw new SyntaxError(`${error}\n${source}`)
  return program
})
process.stdout.write(JSON.stringify(parsed, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
