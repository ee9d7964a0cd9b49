/** The items of a component that offers a choice, as Mantine takes them. */

import { useMemo } from 'react'
import { isObject } from '../edits/apply'
import type { Json, Node } from '../protocol'
import { useFlag, useProp } from '../view/react'
import { textOf } from '../view/values'
import { useField } from './field'

/** Something that can be chosen; `key` stands for its value, `slot` says which component is its label. */
export interface Choice {
  key: string
  label: string
  slot: number | undefined
}

interface Section {
  label: string
  items: Choice[]
}

export function useOptions(node: Node) {
  const field = useField(node)
  const items = useProp(node, 'items')
  const searchable = useFlag(node, 'searchable') === true
  const data = useMemo(() => groupsOf(items).map((each) => ('items' in each ? groupOf(each) : optionOf(each))), [items])
  const choices = useChoices(node)
  return {
    choices,
    select: { ...field, data, searchable, nothingFoundMessage: 'Nothing found', maxDropdownHeight: 280 },
  }
}

/** The items of a component that shows all of them. */
export function useChoices(node: Node): Choice[] {
  const items = useProp(node, 'items')
  return useMemo(() => groupsOf(items).flatMap((each) => ('items' in each ? each.items : each)), [items])
}

/** Which of the choices has the value; `null` chooses only an item whose value it is. */
export function chosenOf(choices: readonly { key: string }[], value: Json): string | null {
  const key = keyOf(value)
  return value !== null || choices.some((choice) => choice.key === key) ? key : null
}

/**
 * What can be chosen. Whatever is no item has its own text as its label, a `null` among items is left out, and of
 * items that have the same value the first is meant.
 */
export function groupsOf(items: Json): (Choice | Section)[] {
  const seen = new Set<string>()
  const choicesOf = (each: Json): Choice[] => {
    const choice = choiceOf(each)
    if (!choice || seen.has(choice.key)) return []
    seen.add(choice.key)
    return [choice]
  }
  return listOf(items).flatMap<Choice | Section>((each) =>
    isObject(each) && Array.isArray(each.items)
      ? { label: textOf(each.label), items: each.items.flatMap(choicesOf) }
      : choicesOf(each),
  )
}

function choiceOf(item: Json): Choice | null {
  if (item === null) return null
  if (!isObject(item) || item.value === undefined) return { key: keyOf(item), label: textOf(item), slot: undefined }
  const { value, label = value, slot } = item
  return { key: keyOf(value), label: textOf(label), slot: typeof slot === 'number' ? slot : undefined }
}

function listOf(items: Json): Json[] {
  return Array.isArray(items) ? items : []
}

function groupOf({ label, items }: Section) {
  return { group: label, items: items.map(optionOf) }
}

function optionOf({ key, label }: Choice) {
  return { value: key, label }
}

/** Mantine knows an option by a string; JSON keeps 1 and "1" apart. Objects are equal in whatever order their members are. */
export function keyOf(value: Json): string {
  return JSON.stringify(value, (_, inner) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}

export function fromKey(key: string | null): Json {
  return key === null ? null : (JSON.parse(key) as Json)
}
