/** The structure of the source code: each folder imports only from those below it, and no modules import in a circle. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** The floors, top first. A module that is no folder stands for itself. */
const FLOORS = [
  'main',
  'components',
  'fields',
  'view',
  'pages',
  'app',
  'variables',
  'sync',
  'edits',
  'fragments',
  'protocol',
  'observable',
  'slices',
  'messages',
]

const root = join(import.meta.dirname, '../src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
const imports = new Map(files.map((file) => [moduleOf(file), importsOf(file)]))

function moduleOf(file: string): string {
  return file.replace(/\.tsx?$/, '').replace(/\/index$/, '')
}

/** Return the modules of this project that a file imports. What it loads later, by `import()`, is not among them. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8')
  const paths = [...source.matchAll(/^(?:import|export)\b[^'"=(]*['"](\.[^'"]*)['"]/gm)].map(
    ([, path]) => path as string,
  )
  return paths.filter((path) => !path.endsWith('.css')).map((path) => normalize(join(dirname(file), path)))
}

function floorOf(module: string): string {
  return module.split('/')[0] as string
}

test('every folder has its floor', () => {
  expect([...new Set(files.map((file) => floorOf(moduleOf(file))))].sort()).toEqual([...FLOORS].sort())
})

test('a folder imports only from the floors below it', () => {
  const upward = [...imports].flatMap(([module, imported]) =>
    imported
      .filter((each) => FLOORS.indexOf(floorOf(each)) < FLOORS.indexOf(floorOf(module)))
      .map((each) => `${module} imports ${each}`),
  )
  expect(upward).toEqual([])
})

test('every import names a module', () => {
  const unknown = [...imports.values()].flat().filter((module) => !imports.has(module))
  expect(unknown).toEqual([])
})

test('no modules import in a circle', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (module: string, path: string[]) => {
    if (path.includes(module)) circles.push([...path.slice(path.indexOf(module)), module].join(' > '))
    if (done.has(module)) return
    done.add(module)
    for (const each of imports.get(module) ?? []) visit(each, [...path, module])
  }
  for (const module of imports.keys()) visit(module, [])
  expect(circles).toEqual([])
})
