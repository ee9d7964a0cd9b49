/** Colours for code: each language is fetched when it is first used. */

import { createLowlight } from 'lowlight'

type Tree = ReturnType<ReturnType<typeof createLowlight>['highlight']>
type Grammar = Parameters<ReturnType<typeof createLowlight>['register']>[1]
export type ColoredNode = Tree['children'][number]

const GRAMMARS: Record<string, () => Promise<{ default: Grammar }>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  python: () => import('highlight.js/lib/languages/python'),
  r: () => import('highlight.js/lib/languages/r'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
}
const ALIASES: Record<string, string> = {
  html: 'xml',
  js: 'javascript',
  jsx: 'javascript',
  md: 'markdown',
  py: 'python',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  toml: 'ini',
  ts: 'typescript',
  tsx: 'typescript',
  yml: 'yaml',
}
const lowlight = createLowlight()

/** The parts of `code`, those with a colour as elements; `null` for a language that has none here. */
export async function colored(code: string, language: string): Promise<ColoredNode[] | null> {
  const asked = language.toLowerCase()
  const name = ALIASES[asked] ?? asked
  const fetch = GRAMMARS[name]
  if (!fetch) return null
  if (!lowlight.registered(name)) lowlight.register(name, (await fetch()).default)
  return lowlight.highlight(name, code).children
}
