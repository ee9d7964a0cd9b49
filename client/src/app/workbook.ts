/**
 * Sheets as Excel workbooks (Office Open XML, ECMA-376): numbers, booleans and dates stay what they are.
 *
 * The rows are written as they are read: the libraries for this build the whole sheet in one task, during which the
 * page does not react.
 */

import type { Json } from '../protocol'
import { cellTextOf, type Sheet } from './sheets'
import { zip } from './zip'

const DAY_MS = 86_400_000
/** The day 0 of Excel's calendar, which counts one leap day too many in 1900: days from March of that year on are right. */
const FIRST_DAY = -25_569
const EARLIEST = '1900-03-01'
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i
const STYLES = { date: 1, datetime: 2, heading: 3 }
/** The limits of Excel. */
const MAX = { rows: 1_048_575, characters: 32_767 }
const WIDTH = { least: 8, most: 60, sample: 200 }

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
export const XLSX = `${TYPES}.sheet`

/** Return a workbook with one sheet. Throws if Excel cannot hold the rows. */
export async function workbookOf(sheet: Sheet): Promise<Blob> {
  if (sheet.rows.length > MAX.rows) throw new Error(`A sheet of Excel has at most ${MAX.rows.toLocaleString()} rows.`)
  return zip(
    { ...PARTS, 'xl/worksheets/sheet1.xml': [xml(`<worksheet xmlns="${MAIN}">`), ...sheetXml(sheet), '</worksheet>'] },
    XLSX,
  )
}

function* sheetXml({ headings, rows }: Sheet): Generator<string> {
  yield '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
  if (headings.length > 0) yield `<cols>${headings.map((heading, at) => widthXml(heading, at, rows)).join('')}</cols>`
  yield `<sheetData><row>${headings.map((heading) => textXml(heading, STYLES.heading)).join('')}</row>`
  for (const row of rows) yield `<row>${row.map(cellXml).join('')}</row>`
  yield '</sheetData>'
}

function widthXml(heading: string, at: number, rows: Sheet['rows']): string {
  const texts = rows.slice(0, WIDTH.sample).map((row) => cellTextOf(row[at] ?? null).length)
  const width = Math.min(Math.max(heading.length, WIDTH.least, ...texts) + 2, WIDTH.most)
  return `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`
}

function cellXml(value: Json): string {
  if (value === null || value === '') return '<c/>'
  if (typeof value === 'number') return `<c><v>${value}</v></c>`
  if (typeof value === 'boolean') return `<c t="b"><v>${Number(value)}</v></c>`
  const [, date, clock, offset] = typeof value === 'string' ? (MOMENT.exec(value) ?? []) : []
  const day = date !== undefined && date >= EARLIEST ? dayOf(date, clock, offset) : null
  if (day === null) return textXml(cellTextOf(value))
  return `<c s="${clock ? STYLES.datetime : STYLES.date}"><v>${day}</v></c>`
}

/** Return a moment in days of Excel's calendar, which has no time zones: an instant as the user's local time. */
function dayOf(date: string, clock = '00:00', offset = ''): number | null {
  const time = Date.parse(`${date}T${clock}${offset || 'Z'}`)
  if (Number.isNaN(time)) return null
  const local = offset ? time - new Date(time).getTimezoneOffset() * 60_000 : time
  return local / DAY_MS - FIRST_DAY
}

function textXml(text: string, style?: number): string {
  const attributes = style === undefined ? '' : ` s="${style}"`
  return `<c t="inlineStr"${attributes}><is><t xml:space="preserve">${escaped(text.slice(0, MAX.characters))}</t></is></c>`
}

/** Escape a text, without the characters that XML does not have. */
function escaped(text: string): string {
  const known = text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
  return known.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function xml(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${content}`
}

function relationship(type: string, target: string, id = 'rId1'): string {
  return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
}

/** The parts that are the same in all workbooks. */
const PARTS: Record<string, string[]> = {
  '[Content_Types].xml': [
    xml(
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPES}.styles+xml"/></Types>`,
    ),
  ],
  '_rels/.rels': [
    xml(
      `<Relationships xmlns="${PACKAGE}/relationships">${relationship('officeDocument', 'xl/workbook.xml')}</Relationships>`,
    ),
  ],
  'xl/_rels/workbook.xml.rels': [
    xml(
      `<Relationships xmlns="${PACKAGE}/relationships">${relationship('worksheet', 'worksheets/sheet1.xml')}${relationship('styles', 'styles.xml', 'rId2')}</Relationships>`,
    ),
  ],
  'xl/workbook.xml': [
    xml(
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ),
  ],
  // The formats 14 and 22 are Excel's own for dates and datetimes, in the notation of each reader's country.
  'xl/styles.xml': [
    xml(
      `<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
    ),
  ],
}
