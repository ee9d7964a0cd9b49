/** The items of a component that offers a choice, as Mantine takes them. */

import { useMemo } from 'react'
import { useField } from './field'
import type { Json, Node } from './protocol'
import { useProp } from './react'

interface LabelledItem {
  label: string
  value: Json
  /** Its label is a component: which of the slot `labels`. */
  slot?: number
}
type Item = string | number | boolean | LabelledItem
type Section = { label: string; items: Item[] }

/** Something that can be chosen; `key` stands for its value. */
export interface Choice {
  key: string
  label: string
  slot: number | undefined
}

export function useOptions(node: Node) {
  const field = useField(node)
  const items = useProp<Json[]>(node, 'items') as (Item | Section)[] | null
  const searchable = useProp<boolean>(node, 'searchable') === true
  const data = useMemo(() => (items ?? []).map((item) => (isSection(item) ? groupOf(item) : optionOf(item))), [items])
  return { ...field, data, searchable, nothingFoundMessage: 'Nothing found', maxDropdownHeight: 280 }
}

/** The items of a component that shows all of them. */
export function useChoices(node: Node): Choice[] {
  const items = useProp<Json[]>(node, 'items') as Item[] | null
  return useMemo(
    () =>
      (items ?? []).map((item) => {
        const { value, label } = optionOf(item)
        return { key: value, label, slot: typeof item === 'object' ? item.slot : undefined }
      }),
    [items],
  )
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
