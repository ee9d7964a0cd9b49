/** Font Awesome's free icons as the module `virtual:icons`, in bundles: a page fetches only the bundles of its icons. */

import { readdirSync, readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { BUNDLES, bundleOf } from './src/components/lib/iconBundles'

const SOURCE = new URL('./node_modules/@fortawesome/fontawesome-free/', import.meta.url)
const STYLES = ['solid', 'regular', 'brands']
const CREDIT = '/*! Font Awesome Free, https://fontawesome.com/license/free: icons CC BY 4.0, code MIT */'

/** Return the Vite plugin that generates the modules. */
export function icons(): Plugin {
  return {
    name: 'icons',
    resolveId: (id) => (id.startsWith('virtual:icons') ? `\0${id}` : null),
    load(id) {
      if (id === '\0virtual:icons') return index()
      const bundle = /^\0virtual:icons\/(\d+)$/.exec(id)?.[1]
      return bundle === undefined ? null : `${CREDIT}\nexport default ${JSON.stringify(allBundles()[Number(bundle)])}`
    },
  }
}

/** Return the code of `virtual:icons`. */
function index(): string {
  const imports = Array.from({ length: BUNDLES }, (_, bundle) => `() => import('virtual:icons/${bundle}')`)
  return `export const bundles = [${imports.join(', ')}]`
}

/** The icons of one bundle, by `style/name`: width, height and path. */
type Bundle = Record<string, [number, number, string]>

let cached: Bundle[] | null = null

/** Read all icons, by bundle. */
function allBundles(): Bundle[] {
  if (cached) return cached
  cached = Array.from({ length: BUNDLES }, () => ({}))
  for (const style of STYLES) {
    for (const file of readdirSync(new URL(`svgs/${style}/`, SOURCE))) {
      const key = `${style}/${file.replace('.svg', '')}`
      const svg = readFileSync(new URL(`svgs/${style}/${file}`, SOURCE), 'utf8')
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []
      const path = [...svg.matchAll(/ d="([^"]+)"/g)].map((match) => match[1]).join('')
      const bundle = cached[bundleOf(key)]
      if (bundle && width && height) bundle[key] = [Number(width), Number(height), path]
    }
  }
  return cached
}
