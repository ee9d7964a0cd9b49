/** The choices of a component that offers some, and their keys in Mantine's components. */

import { useMemo, useState } from 'react'
import { isObject } from '../edits'
import type { Node } from '../fragments'
import { COMPONENT } from '../messages'
import type { Json } from '../protocol'
import { useFlag, useNumber, useProp } from '../view/react'
import { textOf } from '../view/values'
import { useField } from './field'

export interface Choice {
  /** The value as a string. */
  key: string
  label: string
  /** The index of the component that is the label, if one is. */
  slot: number | undefined
}

/** Choices under one heading. */
interface Section {
  label: string
  items: Choice[]
}

/** Return the choices of a select field and the props of its Mantine component. */
export function useSelect(node: Node) {
  const field = useField(node)
  const items = useProp(node, 'items')
  const searchable = useFlag(node, 'searchable') === true
  const [isUsed, setUsed] = useState(false)
  const data = useMemo(
    () => sectionsOf(items).map((each) => ('items' in each ? mantineGroup(each) : mantineOption(each))),
    [items],
  )
  const choices = useChoices(node)
  const size = useNumber(node, 'size')
  const font = size === null ? {} : { fontSize: `${size}rem` }
  return {
    choices,
    select: {
      ...field,
      data,
      searchable,
      nothingFoundMessage: COMPONENT.nothingFound,
      maxDropdownHeight: 280,
      checkIconPosition: 'right' as const,
      // A menu takes longer to mount than its field, so it is mounted before the first key or click can open it.
      comboboxProps: { keepMounted: isUsed },
      onFocus: () => setUsed(true),
      styles: { input: font, option: font },
    },
  }
}

/**
 * Return options for those of the selected values that are no choices: they are shown, marked, and can be replaced but
 * not chosen. An empty text is no choice of anything, as null is.
 */
export function foreignOptions(choices: readonly Choice[], values: readonly Json[]) {
  const keys = new Set([...values.filter((value) => value !== null && value !== '').map(keyOf)])
  for (const { key } of choices) keys.delete(key)
  return [...keys].map((key) => ({ value: key, label: COMPONENT.noChoice(textOf(fromKey(key))), disabled: true }))
}

/** Return the choices of a component that shows all of them. */
export function useChoices(node: Node): Choice[] {
  const items = useProp(node, 'items')
  return useMemo(() => sectionsOf(items).flatMap((each) => ('items' in each ? each.items : each)), [items])
}

/** Return the key of the selected choice. The value `null` selects a choice only if there is one for `null`. */
export function selectedKeyOf(choices: readonly { key: string }[], value: Json): string | null {
  const key = keyOf(value)
  return value !== null || choices.some((choice) => choice.key === key) ? key : null
}

/** Return the label of a value, or of each in a list. */
export function labelIn(choices: readonly Choice[], value: Json): string {
  const key = keyOf(value)
  const choice = choices.find((each) => each.key === key)
  if (choice) return choice.label
  return Array.isArray(value) ? value.map((each) => labelIn(choices, each)).join(', ') : textOf(value)
}

/**
 * Read the prop `items`. A value that is not an item is its own label. A `null` is left out, and so are all but the first
 * of several items with the same value.
 */
export function sectionsOf(items: Json): (Choice | Section)[] {
  const seen = new Set<string>()
  const newChoices = (each: Json): Choice[] => {
    const choice = choiceOf(each)
    if (!choice || seen.has(choice.key)) return []
    seen.add(choice.key)
    return [choice]
  }
  const list = Array.isArray(items) ? items : []
  return list.flatMap<Choice | Section>((each) =>
    isObject(each) && Array.isArray(each.items)
      ? { label: textOf(each.label), items: each.items.flatMap(newChoices) }
      : newChoices(each),
  )
}

function choiceOf(item: Json): Choice | null {
  if (item === null) return null
  if (!isObject(item) || item.value === undefined) return { key: keyOf(item), label: textOf(item), slot: undefined }
  const { value, label = value, slot } = item
  return { key: keyOf(value), label: textOf(label), slot: typeof slot === 'number' ? slot : undefined }
}

function mantineGroup({ label, items }: Section) {
  return { group: label, items: items.map(mantineOption) }
}

function mantineOption({ key, label }: Choice) {
  return { value: key, label }
}

/** Return the key of a value: its JSON, which tells 1 from "1", with the members of objects in alphabetical order. */
export function keyOf(value: Json): string {
  return JSON.stringify(value, (_, inner) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}

export function fromKey(key: string | null): Json {
  return key === null ? null : (JSON.parse(key) as Json)
}
