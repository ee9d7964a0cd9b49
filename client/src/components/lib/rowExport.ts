/** The rows of a Table as a file. */

import { saveSheet } from '../../app/files'
import { memberOf } from '../../view/values'
import type { RowSource } from './rowSource'

/** Save the rows that are found, in their order: the server writes those that it has. */
export async function exportRows(rows: RowSource, name: string, format: 'csv' | 'xlsx'): Promise<void> {
  const { columns } = rows
  const headings = columns.map(({ id, label }) => label || id)
  if (rows.export) {
    return rows.export({ format, name, columns: columns.map(({ id }, at) => [id, headings[at] as string]) })
  }
  const kindOf = new Map(rows.kinds?.map(([id, kind]) => [id, kind]))
  const found = Array.from({ length: rows.count }, (_, position) => rows.at(position)?.row ?? {})
  const cells = found.map((row) => columns.map(({ id }) => memberOf(row, id)))
  const kinds = columns.map(({ id }) => kindOf.get(id) ?? null)
  await saveSheet({ headings, rows: cells, kinds }, `${name}.${format}`, format)
}
