/** Steps of a path that variables hold, such as the id of an item: they are resolved whenever the path is used. */

import { at } from '../edits'
import type { Ref } from '../fragments'
import type { Json, Path, Step } from '../protocol'

type RefStep = Ref['path'][number]

export function isRef(step: RefStep): step is Ref {
  return typeof step === 'object' && step !== null
}

/** Return the variables in a path. */
export function refsInPath(path: Ref['path']): Ref[] {
  return path.filter(isRef)
}

/** Return the path within a value; `read` returns the value of a variable. A step without a value is an empty name. */
export function resolvedPath(path: Ref['path'], value: Json, read: (ref: Ref) => Json): Path {
  if (!path.some(isRef)) return path as Path
  const resolved: Step[] = []
  for (const step of path) {
    const container = at(value, resolved)
    resolved.push(isRef(step) ? stepIn(container, read(step)) : (step as Step))
  }
  return resolved
}

/** Return the same path if `map` changes none of the variables in it. */
export function mappedPath(path: Ref['path'], map: (ref: Ref) => Ref): Ref['path'] {
  const mapped = path.map((step) => (isRef(step) ? map(step) : step))
  return mapped.every((step, i) => step === path[i]) ? path : mapped
}

export function isSameStep(a: RefStep | undefined, b: RefStep | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && isRef(a) && isRef(b) && isSameRef(a, b))
}

export function isSameRef(a: Ref, b: Ref): boolean {
  return (
    a.variable === b.variable &&
    a.path.length === b.path.length &&
    a.path.every((step, i) => isSameStep(step, b.path[i]))
  )
}

/** Return the step that a value names: an index of a list, or a member of any other container. */
function stepIn(container: Json | undefined, value: Json): Step {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return Array.isArray(container) && /^\d+$/.test(text) ? Number(text) : text
}
