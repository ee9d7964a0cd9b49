/** The items of a Select, as Mantine takes them. */

import { useMemo } from 'react'
import { useField } from './field'
import type { Json, Node } from './protocol'
import { useProp } from './react'

type Item = string | number | boolean | { label: string; value: Json }
type Section = { label: string; items: Item[] }

export function useOptions(node: Node) {
  const field = useField(node)
  const items = useProp<(Item | Section)[]>(node, 'items')
  const searchable = useProp<boolean>(node, 'searchable') === true
  const data = useMemo(() => (items ?? []).map((item) => (isSection(item) ? groupOf(item) : optionOf(item))), [items])
  return { ...field, data, searchable, nothingFoundMessage: 'Nothing found', maxDropdownHeight: 280 }
}

function isSection(item: Item | Section): item is Section {
  return typeof item === 'object' && 'items' in item
}

function groupOf({ label, items }: Section) {
  return { group: label, items: items.map(optionOf) }
}

function optionOf(item: Item) {
  if (typeof item === 'object') return { label: String(item.label), value: keyOf(item.value) }
  return { label: String(item), value: keyOf(item) }
}

/** Mantine knows an option by a string; JSON keeps 1 and "1" apart. */
export function keyOf(value: Json): string {
  return JSON.stringify(value)
}

export function fromKey(key: string | null): Json {
  return key === null ? null : (JSON.parse(key) as Json)
}
