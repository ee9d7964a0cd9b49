/** The texts of tables. */

const NUMBER = new Intl.NumberFormat()

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${NUMBER.format(count)} rows`
}

export const TABLE = {
  search: 'Search',
  selected: 'Selected',
  selectAll: 'Select all',
  actions: 'Actions',
  data: 'Data',
  choose: 'Choose …',
  row: (number: number) => `Row ${number}`,
  rows: (count: number, total: number) =>
    count === total ? rowsOf(count) : `${NUMBER.format(count)} of ${rowsOf(total)}`,
  loading: 'Loading …',
  noData: 'No data',
}
