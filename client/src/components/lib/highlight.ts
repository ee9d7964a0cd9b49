/** Syntax highlighting. The grammar of a language is fetched at its first use. */

import { createLowlight } from 'lowlight'

type Tree = ReturnType<ReturnType<typeof createLowlight>['highlight']>
type Grammar = Parameters<ReturnType<typeof createLowlight>['register']>[1]
export type HighlightedNode = Tree['children'][number]

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

/** Return the nodes of `code`, with classes for colours; `null` for an unknown language. */
export async function highlight(code: string, language: string): Promise<HighlightedNode[] | null> {
  const given = language.toLowerCase()
  const name = ALIASES[given] ?? given
  const fetch = GRAMMARS[name]
  if (!fetch) return null
  if (!lowlight.registered(name)) lowlight.register(name, (await fetch()).default)
  return lowlight.highlight(name, code).children
}
