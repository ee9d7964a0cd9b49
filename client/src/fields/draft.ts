/** The draft of a form that saves its value: what is saved, with the members that the user has changed. No React. */

import { equal, isObject } from '../edits'
import type { Json, JsonObject } from '../protocol'
import type { Refusal } from '../view/form'

/** Return the draft when `saved` is there instead of `base`: what the user has changed stays. */
export function followed(draft: Json, base: Json, saved: Json): JsonObject {
  return { ...membersOf(saved), ...changesOf(draft, base) }
}

/** Return the members that the user has changed. Of members that are empty in both, none is. */
export function changesOf(draft: Json, base: Json): JsonObject {
  const before = membersOf(base)
  return Object.fromEntries(
    Object.entries(membersOf(draft)).filter(([name, value]) => !equal(orNull(value), orNull(before[name]))),
  )
}

/** Return the names of the members that the user has changed, and that somebody else has saved with other values. */
export function conflictsOf(draft: Json, base: Json, saved: Json): string[] {
  const [before, after] = [membersOf(base), membersOf(saved)]
  const differs = (name: string, value: Json | undefined) => !equal(orNull(after[name]), orNull(value))
  return Object.entries(changesOf(draft, base)).flatMap(([name, value]) =>
    differs(name, before[name]) && differs(name, value) ? [name] : [],
  )
}

/** Read the lines of a server's refusal, each with the path of a member, or none. */
export function refusalsIn(message: string, submitted: Json): Refusal[] {
  return message.split('\n').map((line) => {
    const [, name = '', reason = line] = /^\/(\S*): (.*)$/.exec(line) ?? []
    return { name, reason, value: name === '' ? submitted : memberAt(submitted, name.split('/')) }
  })
}

function memberAt(value: Json, path: string[]): Json {
  return path.reduce<Json>((inner, name) => (isObject(inner) ? (inner[name] ?? null) : null), value)
}

export function membersOf(value: Json): JsonObject {
  return isObject(value) ? value : {}
}

function orNull(value: Json | undefined): Json {
  return value === undefined || value === '' ? null : value
}
