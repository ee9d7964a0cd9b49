/** The menu of a column of a Table: a filter of its values, and groups of rows. Fetched when it is first opened. */

import { TABLE } from '../../messages/table'
import '@mantine/core/styles/Popover.css'
import { Popover } from '@mantine/core'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { COLUMNS } from '../../messages/columns'
import type { Aggregate, Json } from '../../protocol'
import { textOf } from '../../view/values'
import type { Filter, RowQuery, RowSource } from './rowSource'
import type { Column } from './table'

interface ColumnMenuProps {
  anchor: HTMLElement
  column: Column
  rows: RowSource
  query: RowQuery
  onQuery: (query: RowQuery) => void
  onClose: () => void
}

const AGGREGATES: readonly Aggregate[] = ['sum', 'mean', 'min', 'max']

export default function ColumnMenu({ anchor, column, rows, query, onQuery, onClose }: ColumnMenuProps) {
  const [{ left, bottom }] = useState(() => anchor.getBoundingClientRect())
  const filter = query.filters[column.id]
  const setFilter = (next: Filter | null) => {
    const { [column.id]: _, ...others } = query.filters
    onQuery({ ...query, filters: next ? { ...others, [column.id]: next } : others })
  }
  return (
    <Popover
      opened
      onClose={onClose}
      onDismiss={onClose}
      position="bottom-start"
      hideDetached={false}
      trapFocus
      returnFocus
      shadow="md"
    >
      <Popover.Target>
        <span style={{ position: 'fixed', left, top: bottom }} />
      </Popover.Target>
      <Popover.Dropdown className="dara-column-menu" aria-label={COLUMNS.menuOf(column.label)}>
        <FilterOf column={column} filter={filter} rows={rows} onFilter={setFilter} />
        {filter && (
          <button type="button" onClick={() => setFilter(null)}>
            {COLUMNS.clearFilter}
          </button>
        )}
        {rows.canGroup && <GroupingBy column={column} query={query} onQuery={onQuery} />}
      </Popover.Dropdown>
    </Popover>
  )
}

interface FilterProps {
  column: Column
  filter: Filter | undefined
  rows: RowSource
  onFilter: (filter: Filter | null) => void
}

function FilterOf(props: FilterProps) {
  switch (props.column.filter) {
    case 'categorical':
      return <ValuesFilter {...props} />
    case 'numeric':
      return <RangeFilter {...props} type="number" toValue={Number} />
    case 'datetime':
      return <RangeFilter {...props} type="date" toValue={String} />
    case 'text':
      return <TextFilter {...props} />
    default:
      return null
  }
}

function TextFilter({ filter, onFilter }: FilterProps) {
  return (
    <Labelled label={COLUMNS.contains}>
      {(id) => (
        <input
          id={id}
          type="search"
          data-autofocus
          value={filter?.kind === 'text' ? filter.text : ''}
          onChange={({ currentTarget: { value: text } }) => onFilter(text ? { kind: 'text', text } : null)}
        />
      )}
    </Labelled>
  )
}

function RangeFilter({
  filter,
  onFilter,
  type,
  toValue,
}: FilterProps & { type: 'number' | 'date'; toValue: (text: string) => Json }) {
  const range = filter?.kind === 'range' ? filter : { from: null, to: null }
  const set = (bound: 'from' | 'to', text: string) => {
    const next = { ...range, kind: 'range' as const, [bound]: text === '' ? null : toValue(text) }
    onFilter(next.from === null && next.to === null ? null : next)
  }
  return (['from', 'to'] as const).map((bound) => (
    <Labelled key={bound} label={bound === 'from' ? COLUMNS.least : COLUMNS.greatest}>
      {(id) => (
        <input
          id={id}
          type={type}
          step="any"
          {...(bound === 'from' && { 'data-autofocus': true })}
          defaultValue={range[bound] === null ? '' : textOf(range[bound])}
          onChange={(event) => set(bound, event.currentTarget.value)}
        />
      )}
    </Labelled>
  ))
}

function ValuesFilter({ column, filter, rows, onFilter }: FilterProps) {
  const [values, setValues] = useState<readonly Json[] | null>(column.choices)
  const first = useRef<HTMLInputElement>(null)
  const { id } = column
  useEffect(() => {
    if (values !== null) {
      first.current?.focus({ preventScroll: true })
      return
    }
    let isOver = false
    const fetched = rows.valuesOf(id)
    fetched.then((found) => isOver || setValues(found)).catch(() => isOver || setValues([]))
    return () => {
      isOver = true
    }
  }, [rows, id, values])
  const chosen = filter?.kind === 'values' ? filter.values : []
  const toggle = (value: Json) => {
    const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]
    onFilter(next.length > 0 ? { kind: 'values', values: next } : null)
  }
  if (values === null) return <p aria-busy="true">{TABLE.loading}</p>
  return (
    <fieldset className="dara-column-values">
      <legend>{COLUMNS.oneOf}</legend>
      {values.map((value, index) => (
        <label key={JSON.stringify(value)}>
          <input
            ref={index === 0 ? first : undefined}
            type="checkbox"
            data-autofocus={index === 0 || undefined}
            checked={chosen.includes(value)}
            onChange={() => toggle(value)}
          />
          <span>{column.textOf(value) || COLUMNS.noValue}</span>
        </label>
      ))}
    </fieldset>
  )
}

function GroupingBy({ column, query, onQuery }: Pick<ColumnMenuProps, 'column' | 'query' | 'onQuery'>) {
  const { group } = query
  const isBy = group?.by === column.id
  const start = () => onQuery({ ...query, group: { by: column.id, aggregate: group?.aggregate ?? 'sum', open: [] } })
  return (
    <>
      <button type="button" onClick={() => (isBy ? onQuery({ ...query, group: null }) : start())}>
        {isBy ? COLUMNS.ungroup : COLUMNS.groupBy}
      </button>
      {group && (
        <Labelled label={COLUMNS.aggregate}>
          {(id) => (
            <select
              id={id}
              value={group.aggregate}
              onChange={(event) =>
                onQuery({ ...query, group: { ...group, aggregate: event.currentTarget.value as Aggregate } })
              }
            >
              {AGGREGATES.map((aggregate) => (
                <option key={aggregate} value={aggregate}>
                  {COLUMNS.aggregates[aggregate]}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      )}
    </>
  )
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <div className="dara-column-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  )
}
