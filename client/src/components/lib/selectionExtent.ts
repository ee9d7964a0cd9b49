/** The part of the found rows of a Table that is selected. */

import { useEffect, useState } from 'react'
import type { RowSource } from './rowSource'
import type { IndexedRow } from './table'

export type Extent = 'all' | 'some' | 'none'

/** The number of rows of a table on the server that are looked at. */
const LOOKED_AT = 1000

/** The keys of all rows of a query, which are those of `found` as long as the source has that. */
interface Keys {
  of: object
  keys: readonly string[]
}

/**
 * Return how much of the rows that are found is selected, and the function that learns of all of them.
 *
 * A row that is selected may be one that the query does not find, so their number tells nothing. If the tab does not
 * have all rows, it fetches them once it seems that all are selected.
 */
export function useExtent(
  rows: RowSource,
  selected: ReadonlyMap<string, unknown>,
  keyOfRow: (row: IndexedRow) => string,
  isWanted: boolean,
): [extent: Extent, learn: (of: object, found: readonly IndexedRow[]) => void] {
  const { count, found } = rows
  const [learned, setLearned] = useState<Keys | null>(null)
  const keys = learned?.of === found ? learned.keys : null
  const extent =
    !isWanted || selected.size === 0 ? 'none' : keys ? extentOf(keys, selected) : seen(rows, selected, keyOfRow)
  const learn = (of: object, all: readonly IndexedRow[]) => setLearned({ of, keys: all.map(keyOfRow) })
  const isUnknown = extent === null && selected.size >= rows.size.found
  useEffect(() => {
    if (!isUnknown || !rows.between) return
    let isLatest = true
    rows.between(0, count).then(
      (all) => isLatest && learn(found, all),
      () => {}, // too many, or of an older version
    )
    return () => {
      isLatest = false
    }
  }, [isUnknown, found])
  return [extent ?? 'some', learn]
}

function extentOf(keys: readonly string[], selected: ReadonlyMap<string, unknown>): Extent {
  if (keys.length > 0 && keys.every((key) => selected.has(key))) return 'all'
  return keys.some((key) => selected.has(key)) ? 'some' : 'none'
}

/** Return the extent, as far as the rows that the tab has tell; `null` if they do not. */
function seen(
  rows: RowSource,
  selected: ReadonlyMap<string, unknown>,
  keyOfRow: (row: IndexedRow) => string,
): Extent | null {
  const end = rows.between ? Math.min(rows.count, LOOKED_AT) : rows.count
  let [has, lacks, isWhole] = [false, false, end === rows.count]
  for (let position = 0; position < end && !(has && lacks); position++) {
    const row = rows.at(position)
    if (!row) isWhole &&= rows.groupAt(position) !== null
    else if (selected.has(keyOfRow(row))) has = true
    else lacks = true
  }
  if (has && lacks) return 'some'
  if (!isWhole) return lacks ? 'some' : null
  return has ? 'all' : 'none'
}
