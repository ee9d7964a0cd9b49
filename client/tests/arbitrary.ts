/** Arbitrary values and edits for fast-check. */

import fc from 'fast-check'
import { apply, at, isObject, lengthOf } from '../src/edits'
import type { Json, Op, Ops, Path, Step, Value } from '../src/protocol'

/** The same draws in every run; a soak sets SEED, and RUNS to how many times as many. */
fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) })
export const runs = (count: number): number => Math.ceil(count * Number(process.env.RUNS ?? 0.3))

export const FALLBACK: Json = { a: [0], b: {} }

const NAMES = ['a', 'b', '0', 'א']
const TEXTS = ['', 'a', 'ab', 'hello', '👩‍👩‍👧‍👦', 'x😀y', 'שלום', '\u00e9', 'e\u0301']
const LEAVES: Json[] = [null, true, false, 0, 1, 2, 1.5, ...TEXTS]

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
  kind: fc.nat(9),
  place: fc.nat(),
  step: fc.nat(),
  value: values,
})
export const edits: fc.Arbitrary<Choice[]> = fc.array(choices, { maxLength: 3 })

/** Make consecutive ops for `value` out of `choices`; with `arranging` also moves. */
export function opsFor(value: Value, choices: readonly Choice[], { arranging = false, fallback = FALLBACK } = {}): Ops {
  const ops: Op[] = []
  for (const choice of choices) {
    const op = opFor(value === undefined ? fallback : value, choice, arranging)
    ops.push(op)
    value = apply(value, [op], fallback)
  }
  return ops
}

function opFor(value: Json, choice: Choice, arranging: boolean): Op {
  const { kind, place, step, value: written } = choice
  const all = [...places(value)]
  const path = all[place % all.length] as Path
  const part = at(value, path) as Json
  if (typeof part === 'string' && kind < 5) return spliceOf(path, part, choice)
  if (kind < 2) return { op: 'replace', path, value: written }
  if (kind < 5 && typeof part === 'object' && part !== null)
    return { op: 'add', path: [...path, stepInto(part, step)], value: written }
  if (kind < 7 || !arranging || path.length === 0) return { op: 'remove', path }
  if (kind === 9) return { op: 'copy', from: path, path: targetIn(value, step) }
  return { op: 'move', from: path, path: targetIn(apply(value, [{ op: 'remove', path }]) as Json, step) }
}

function spliceOf(path: Path, text: string, { kind, step }: Choice): Op {
  const start = step % (lengthOf(text) + 1)
  const gone = Math.floor(step / 7) % (lengthOf(text) - start + 1)
  return { op: 'splice', path, at: start, delete: kind < 2 ? 0 : gone, insert: TEXTS[step % TEXTS.length] as string }
}

/** Return the paths at which something can be added. */
function targetIn(value: Json, step: number): Path {
  const containers = [...places(value)].filter(
    (path) => typeof at(value, path) === 'object' && at(value, path) !== null,
  )
  const path = containers[step % containers.length]
  return path ? [...path, stepInto(at(value, path) as Json, Math.floor(step / 7))] : []
}

function stepInto(container: Json, step: number): Step {
  return Array.isArray(container) ? step % (container.length + 1) : (NAMES[step % NAMES.length] as string)
}

/** Return every path of a value, the root first. */
export function* places(value: Json, path: Path = []): Generator<Path> {
  yield path
  if (Array.isArray(value)) for (const [i, element] of value.entries()) yield* places(element, [...path, i])
  else if (isObject(value)) for (const [name, member] of Object.entries(value)) yield* places(member, [...path, name])
}
