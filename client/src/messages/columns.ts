/** The texts of tables, and of the menus of their columns. */

export const COLUMNS = {
  menuOf: (column: string) => `Filter ${column}`,
  missing: (column: string) => `The data has no column “${column}”`,
  contains: 'Contains',
  least: 'From',
  greatest: 'To',
  oneOf: 'One of',
  noValue: '(no value)',
  clearFilter: 'Clear the filter',
  groupBy: 'Group by this column',
  ungroup: 'Do not group',
  aggregate: 'Numbers of a group',
  aggregates: { sum: 'Sum', mean: 'Average', min: 'Smallest', max: 'Largest' },
  exportAs: (format: string) => `Save the rows as ${format}`,
  formats: { csv: 'CSV', xlsx: 'Excel' },
  goToRow: 'Go to row',
  addRow: 'Add row',
  removeRow: 'Delete row',
}
