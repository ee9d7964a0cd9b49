/** The texts of charts. */

export const CHART = {
  name: (x: string, y: string) => (y ? `${y} by ${x}` : x),
  other: 'Other',
  count: 'count',
  missing: 'missing',
  notDrawn: (rows: number, x: string) => `${rows.toLocaleString()} without ${x}`,
  noData: 'No data',
  sample: (drawn: number, rows: number) => `${drawn.toLocaleString()} of ${rows.toLocaleString()} points`,
  zoomIn: 'Zoom in',
  zoomHint: 'Zoom in; also Ctrl and the wheel, or two fingers',
  zoomOut: 'Zoom out',
  reset: 'Reset zoom',
  selection: 'Selected',
  clear: (column: string) => `Clear the selection of ${column}`,
}
