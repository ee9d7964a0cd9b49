/** The buttons of a Table that export the rows that are found, in their order. Fetched with the first such table. */

import { useState } from 'react'
import type { Node } from '../../fragments'
import { COLUMNS } from '../../messages/columns'
import { TABLE } from '../../messages/table'
import { Glyph } from '../../view/iconButton'
import { useApp, useProp, useText } from '../../view/react'
import type { RowSource } from './rowSource'

const FORMATS = ['csv', 'xlsx'] as const
type Format = (typeof FORMATS)[number]
/** The characters that names of files cannot have everywhere. */
const FORBIDDEN = /[/\\?%*:|"<>\p{Cc}]/gu
const NAME_CHARACTERS = 100

/** Return the formats in which a table can be exported. */
function useExportFormats(node: Node): readonly Format[] {
  const given = useProp(node, 'export')
  if (given === true) return FORMATS
  return Array.isArray(given) ? FORMATS.filter((format) => given.includes(format)) : []
}

export default function ExportButtons({ node, rows }: { node: Node; rows: RowSource }) {
  const app = useApp()
  const formats = useExportFormats(node)
  const label = useText(node, 'label')
  const [busy, setBusy] = useState<Format | null>(null)
  const name = label?.replace(FORBIDDEN, ' ').trim().slice(0, NAME_CHARACTERS) || TABLE.data
  const run = (format: Format) => {
    setBusy(format)
    import('./rowExport')
      .then(({ exportRows }) => exportRows(rows, name, format))
      .catch((error: Error) => app.notify(error.message, 'error'))
      .finally(() => setBusy(null))
  }
  return formats.map((format) => (
    <button
      key={format}
      type="button"
      className="dara-table-tool"
      title={COLUMNS.exportAs(COLUMNS.formats[format])}
      disabled={busy !== null || rows.count === 0}
      aria-busy={busy === format || undefined}
      onClick={() => run(format)}
    >
      <Glyph d="M10 3v9M6 9l4 4 4-4M4 16h12" size={16} />
      {COLUMNS.formats[format]}
    </button>
  ))
}
