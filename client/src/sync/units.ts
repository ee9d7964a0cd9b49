/**
 * Units of edits: the ops of one user action, accepted or rejected together. One edit carries several units. Once such
 * an edit is rejected, its units are sent in smaller edits.
 */

import { apply, bytesOf, compose, cut, InvalidEdit, isBeginning, type Order, TestFailed, transform } from '../edits'
import type { Json, Op, Ops, Value } from '../protocol'

export type Units = readonly Ops[]

export interface Transformed {
  units: Units
  /** The others' ops, rebased over the units. */
  over: Ops
  /** The ops of the units whose target was removed. */
  dropped: Ops
}

/** Add a unit. A unit of one op is composed with the last units of one op. */
export function append(units: Units, ops: Ops): Units {
  if (ops.length !== 1) return [...units, ops]
  const start = units.findLastIndex((unit) => unit.length !== 1) + 1
  const joined = compose(units.slice(start).flat(), ops)
  return [...units.slice(0, start), ...joined.map((op) => [op])]
}

/** Rebase units and others' ops, both made on one value, over each other. */
export function transformUnits(units: Units, over: Ops, order: Order): Transformed {
  const dropped: Op[] = []
  const transformed = units.map((unit) =>
    unit.flatMap((op) => {
      const [moved, kept] = transform([op], over, order)
      over = kept
      if (moved.length === 0) dropped.push(op)
      return moved
    }),
  )
  return { units: transformed.filter(isFilled), over, dropped }
}

/** Apply the units to `value`, and drop the ops that have no target in it. */
export function applyUnits(value: Value, units: Units, fallback: Json): { value: Value; units: Units; dropped: Ops } {
  try {
    return { value: apply(value, units.flat(), fallback), units, dropped: [] }
  } catch (error) {
    if (!(error instanceof InvalidEdit)) throw error
  }
  const dropped: Op[] = []
  const kept = units.map((unit) =>
    unit.filter((op) => {
      try {
        value = apply(value, [op], fallback)
        return true
      } catch (error) {
        if (!(error instanceof InvalidEdit)) throw error
        if (error instanceof TestFailed) return true // the server decides
        dropped.push(op)
        return false
      }
    }),
  )
  return { value, units: kept.filter(isFilled), dropped }
}

/** Split off the first units that fit one edit, at most `maxUnits`. Of a unit too large for any edit, take a part. */
export function take(units: Units, maxUnits: number, editBytes: number, editOps: number): [taken: Units, rest: Units] {
  let count = 0
  let bytes = 2
  let ops = 0
  for (const unit of units) {
    bytes += bytesOf(unit)
    ops += unit.length
    if (count === maxUnits || bytes > editBytes || ops > editOps) break
    count++
  }
  const [first = [], ...others] = units
  if (count > 0 || units.length === 0) return [units.slice(0, count), units.slice(count)]
  const [part, rest] = takePart(first, editBytes, editOps)
  return [[part], rest.length > 0 ? [rest, ...others] : others]
}

function takePart(ops: Ops, editBytes: number, editOps: number): [part: Ops, rest: Ops] {
  const part: Op[] = []
  let bytes = 2
  for (const [index, waiting] of ops.entries()) {
    const [op = waiting, ...rest] = cut(waiting, editBytes)
    bytes += bytesOf([op])
    if (part.length > 0 && (bytes > editBytes || part.length === editOps)) return [part, ops.slice(index)]
    part.push(op)
    if (rest.length > 0) return [part, [...rest, ...ops.slice(index + 1)]]
  }
  return [part, []]
}

/** Return whether an op writes content: anything but an empty container or string. */
export function isWriting(op: Op): boolean {
  switch (op.op) {
    case 'splice':
      return op.insert !== ''
    case 'add':
    case 'replace':
      return !isBeginning(op) && op.value !== ''
    default:
      return false
  }
}

function isFilled(ops: Ops): boolean {
  return ops.length > 0
}
