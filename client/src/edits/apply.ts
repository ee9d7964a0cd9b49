/** The application of ops to a value. Twin of `_edits/apply.py`. */

import type { Json, Op, Ops, Path, Splice, Step, Value } from '../protocol'
import { lengthOf, slice, unitsAt } from './text'

export class InvalidEdit extends Error {}

/** The failure of a `test`. */
export class TestFailed extends InvalidEdit {}

export type Members = { [member: string]: Json }
type Change = Exclude<Op, { op: 'move' | 'copy' | 'test' }>

/** The length of the longest value that an error message shows in full. */
const MAX_SHOWN = 100

/**
 * Apply `ops` in order. Ops below the root of an absent value apply to `fallback`. The cost is proportional to the paths
 * and to the containers along them, not to the value. Throws InvalidEdit if an op has no target.
 */
export function apply(value: Value, ops: Ops, fallback: Json = null): Value {
  for (const op of ops) value = applyOne(value, op, fallback)
  return value
}

/** Return the value at `path`, or `undefined`. */
export function at(value: Value, path: Path): Value {
  let present = value
  for (const step of path) {
    if (typeof step === 'string' && isObject(present))
      present = Object.hasOwn(present, step) ? present[step] : undefined
    else if (typeof step === 'number' && Array.isArray(present)) present = present[step]
    else return undefined
  }
  return present
}

export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/**
 * Return whether two values are equal as JSON. The order of members does not matter. Parts that both values share are
 * not compared.
 */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !equal(a[i], b[i])) return false
    return true
  }
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
  )
}

export function isObject(value: Value): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Apply a splice to a text without a check of its bounds. */
export function inside(
  text: string,
  { at, delete: deleted, insert }: Pick<Splice, 'at' | 'delete' | 'insert'>,
): string {
  const start = unitsAt(text, at)
  const rest = text.slice(start)
  return text.slice(0, start) + insert + rest.slice(unitsAt(rest, deleted))
}

function applyOne(value: Value, op: Op, fallback: Json): Value {
  const present = value === undefined ? fallback : value
  switch (op.op) {
    case 'move': {
      const item = existing(present, op.op, op.from)
      const taken = change(present, { op: 'remove', path: op.from }, 0)
      return applyOne(taken, { op: 'add', path: op.path, value: item }, fallback)
    }
    case 'copy':
      return applyOne(present, { op: 'add', path: op.path, value: existing(present, op.op, op.from) }, fallback)
    case 'test':
      test(present, op.path, op.value)
      return value
    default:
      if (op.path.length > 0) return change(present, op, 0)
      if (op.op === 'splice') return spliced(present, op)
      return op.op === 'remove' ? undefined : op.value
  }
}

function change(container: Json, op: Change, depth: number): Json {
  const step = op.path[depth] as Step
  const isLast = depth === op.path.length - 1
  if (typeof step === 'string' && isObject(container)) return changeMember(container, step, op, depth, isLast)
  if (typeof step === 'number' && Array.isArray(container)) return changeElement(container, step, op, depth, isLast)
  throw noTarget(op, depth)
}

function changeMember(members: Members, name: string, op: Change, depth: number, isLast: boolean): Json {
  const present = Object.hasOwn(members, name) ? members[name] : undefined
  if (isLast && (op.op === 'replace' || op.op === 'add')) return { ...members, [name]: op.value }
  if (present === undefined) throw noTarget(op, depth)
  if (!isLast) return { ...members, [name]: change(present, op, depth + 1) }
  if (op.op === 'splice') return { ...members, [name]: spliced(present, op) }
  const { [name]: _, ...rest } = members
  return rest
}

function changeElement(elements: Json[], index: number, op: Change, depth: number, isLast: boolean): Json {
  const end = isLast && op.op === 'add' ? elements.length + 1 : elements.length
  if (index < 0 || index >= end) throw noTarget(op, depth)
  if (!isLast) return elements.with(index, change(elements[index] as Json, op, depth + 1))
  if (op.op === 'replace') return elements.with(index, op.value)
  if (op.op === 'splice') return elements.with(index, spliced(elements[index] as Json, op))
  return op.op === 'add' ? elements.toSpliced(index, 0, op.value) : elements.toSpliced(index, 1)
}

function spliced(text: Json, op: Splice): string {
  if (typeof text !== 'string') throw new InvalidEdit(`splice ${pointer(op.path)}: the target is not a string`)
  const start = unitsAt(text, op.at)
  const end = start + unitsAt(text.slice(start), op.delete)
  if (start <= text.length && end <= text.length) return text.slice(0, start) + op.insert + text.slice(end)
  const characters = `${lengthOf(text)} characters, and not ${op.at + op.delete}`
  throw new InvalidEdit(`splice ${pointer(op.path)}: the text has ${characters}`)
}

function existing(value: Json, kind: string, path: Path): Json {
  const found = at(value, path)
  if (found === undefined) throw new InvalidEdit(`${kind} ${pointer(path)}: there is nothing at ${pointer(path)}`)
  if (kind === 'move' && path.length === 0) throw new InvalidEdit('move : the whole value cannot be moved')
  return found
}

function test(value: Json, path: Path, expected: Json): void {
  const found = at(value, path)
  if (found === undefined || !equal(found, expected))
    throw new TestFailed(
      `test ${pointer(path)}: it is ${found === undefined ? 'absent' : shown(found)}, not ${shown(expected)}`,
    )
}

/** Encode a value, and leave out the middle of a long one. */
function shown(value: Json): string {
  const text = JSON.stringify(value)
  const length = lengthOf(text)
  const half = Math.floor((MAX_SHOWN - 1) / 2)
  return length <= MAX_SHOWN ? text : `${slice(text, 0, half)}…${slice(text, length - half)}`
}

function noTarget(op: Op, depth: number): InvalidEdit {
  return new InvalidEdit(`${op.op} ${pointer(op.path)}: there is nothing at ${pointer(op.path.slice(0, depth + 1))}`)
}
