/** The selected rows of a Table that its search or its filters hide. Fetched when there may be any. */

import { useEffect, useMemo, useState } from 'react'
import { keyOf } from '../../fields/choices'
import { SELECTION } from '../../messages/selection'
import type { Json } from '../../protocol'
import { indexed, type RowSource } from './rowSource'
import type { IndexedRow } from './table'
import type { Selection } from './tableSelection'

/** The number of rows on the server that are fetched to see which are selected, if no column has their ids. */
const LOOKED_AT = 1000
const NONE: readonly Json[] = []

interface HiddenSelectionProps {
  rows: RowSource
  selection: Selection
  onDrop: (names: readonly Json[]) => void
}

/** The number of selected rows that are hidden. They stay selected, also for actions, until they are deselected. */
export default function HiddenSelection({ rows, selection, onDrop }: HiddenSelectionProps) {
  const hidden = useHidden(rows, selection)
  if (hidden.length === 0) return null
  return (
    <p className="dara-table-hidden">
      <output>{SELECTION.hidden(selection.selected.size, hidden.length)}</output>
      <button type="button" className="dara-table-tool dara-table-drop" onClick={() => onDrop(hidden)}>
        {SELECTION.drop}
      </button>
    </p>
  )
}

/** Return the names of the selected rows that are not found; of rows on the server, as soon as these are known. */
function useHidden(rows: RowSource, selection: Selection): readonly Json[] {
  const { all, found } = rows
  const { selected } = selection
  const local = useMemo(() => (all ? hiddenHere(rows, all, selection) : NONE), [all, found, selected])
  const [fetched, setFetched] = useState<{ of: object; selected: object; names: readonly Json[] } | null>(null)
  useEffect(() => {
    if (all) return
    let isLatest = true
    hiddenThere(rows, selection).then(
      (names) => isLatest && setFetched({ of: found, selected, names }),
      () => {}, // too many, or of an older version
    )
    return () => {
      isLatest = false
    }
  }, [all, found, selected])
  if (all) return local
  return fetched?.of === found && fetched.selected === selected ? fetched.names : NONE
}

function hiddenHere(rows: RowSource, all: NonNullable<RowSource['all']>, { selected, nameOf }: Selection): Json[] {
  const shown = new Set<number>()
  for (let position = 0; position < rows.count; position++) shown.add(rows.at(position)?.index ?? -1)
  return indexed(all)
    .filter((row) => !shown.has(row.index) && selected.has(keyOf(nameOf(row))))
    .map(nameOf)
}

async function hiddenThere(rows: RowSource, { selected, nameOf, idColumn }: Selection): Promise<readonly Json[]> {
  const keysOf = (found: readonly IndexedRow[]) => new Set(found.map((row) => keyOf(nameOf(row))))
  const names = [...selected.values()]
  if (idColumn !== null && rows.withValues) {
    const shown = keysOf(await rows.withValues(idColumn, names, true))
    const missing = names.filter((name) => !shown.has(keyOf(name)))
    if (missing.length === 0) return missing
    const present = keysOf(await rows.withValues(idColumn, missing, false)) // others may have been removed
    return missing.filter((name) => present.has(keyOf(name)))
  }
  if (!rows.between || rows.count > LOOKED_AT) return NONE
  const shown = keysOf(await rows.between(0, rows.count))
  return names.filter((name) => !shown.has(keyOf(name)))
}
