/** What fast-check draws values and edits from. */

import fc from 'fast-check'
import { apply, at, isObject } from '../src/edits'
import type { Json, Op, Ops, Path, Value } from '../src/protocol'

/** The same draws in every run; a soak sets SEED, and RUNS to how many times as many. */
fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) })
export const runs = (count: number): number => count * Number(process.env.RUNS ?? 1)

export const FALLBACK: Json = { a: [0], b: {} }

const NAMES = ['a', 'b', '0', 'א']
const LEAVES: Json[] = [null, true, false, 0, 1, 2, 1.5, '', 'a', '👩‍👩‍👧‍👦', 'שלום', '\u00e9', 'e\u0301']

export const values: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(...LEAVES),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

/** Values, and now and then that there is none. */
export const stored: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: values },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

/** Numbers that choose an op once the value is known that it is for. */
export interface Choice {
  kind: number
  place: number
  step: number
  value: Json
}

export const choices: fc.Arbitrary<Choice> = fc.record({
  kind: fc.nat(5),
  place: fc.nat(),
  step: fc.nat(),
  value: values,
})
export const edits: fc.Arbitrary<Choice[]> = fc.array(choices, { maxLength: 3 })

/** The ops that `choices` make for `value`, each of which applies after those before it. */
export function opsFor(value: Value, choices: readonly Choice[], fallback: Json = FALLBACK): Ops {
  const ops: Op[] = []
  for (const choice of choices) {
    const op = opFor(value === undefined ? fallback : value, choice)
    ops.push(op)
    value = apply(value, [op], fallback)
  }
  return ops
}

function opFor(value: Json, { kind, place, step, value: written }: Choice): Op {
  const all = [...places(value)]
  const path = all[place % all.length] as Path
  const container = at(value, path)
  if (kind < 2) return { op: 'replace', path, value: written }
  if (kind < 4 && Array.isArray(container))
    return { op: 'add', path: [...path, step % (container.length + 1)], value: written }
  if (kind < 4 && isObject(container as Json))
    return { op: 'add', path: [...path, NAMES[step % NAMES.length] as string], value: written }
  return { op: 'remove', path }
}

/** Every place in a value, the root first. */
export function* places(value: Json, path: Path = []): Generator<Path> {
  yield path
  if (Array.isArray(value)) for (const [i, element] of value.entries()) yield* places(element, [...path, i])
  else if (isObject(value)) for (const [name, member] of Object.entries(value)) yield* places(member, [...path, name])
}
