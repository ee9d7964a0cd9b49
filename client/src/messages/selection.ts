/** The texts about rows that are selected together. */

export const SELECTION = {
  tooMany: (rows: number, most: number) =>
    `${rows.toLocaleString('en')} rows are too many to select at once: at most ${most.toLocaleString('en')}. Filter or search the table first.`,
  hidden: (selected: number, hidden: number) =>
    hidden === selected
      ? `${selected.toLocaleString('en')} selected, but hidden by the filter`
      : `${selected.toLocaleString('en')} selected, ${hidden.toLocaleString('en')} of them hidden by the filter`,
  drop: 'Deselect the hidden rows',
  changed: 'The rows have just changed, so none were selected. Select them again.',
}
