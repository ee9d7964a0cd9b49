import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/dates/styles.css'
import { DatePickerInput, DateTimePicker } from '@mantine/dates'
import { useState } from 'react'
import { useField } from '../fields/field'
import { dateOf, dateTimeOf, withDate, withDateTime } from '../fields/moments'
import type { ParseResult } from '../fields/valueBinding'
import type { Json } from '../protocol'
import { type ComponentProps, useFlag, useProp, useString, useValue } from '../view/react'
import { toDayjsPattern } from './lib/dates'

export default function Datepicker({ node }: ComponentProps) {
  const field = useField(node)
  const isRange = useFlag(node, 'range')
  const hasTime = useFlag(node, 'enable_time')
  const pattern = useString(node, 'date_format')
  const closes = useFlag(node, 'select_close') !== false
  const zone = useString(node, 'timezone')
  const toDate = (value: Json | undefined) => dateOf(value, zone)
  const minDate = toDate(useProp(node, 'min_date'))
  const maxDate = toDate(useProp(node, 'max_date'))
  const [value, set] = useValue(node, 'value')
  const [error, setError] = useState<string | null>(null)
  /** Store the values of the picked dates, or show the reason why one has no value. */
  const store = (results: ParseResult[], setValues: (values: Json[]) => void) => {
    const reasons = results.flatMap((result) => ('reason' in result ? [result.reason] : []))
    setError(reasons[0] ?? null)
    if (reasons.length === 0) setValues(results.flatMap((result) => ('value' in result ? [result.value] : [])))
  }
  const pick = (before: Json | undefined, picked: string | null): ParseResult =>
    picked === null ? { value: null } : withDate(before, picked, zone)
  const common = {
    ...field,
    error,
    clearable: !field.disabled,
    valueFormat: toDayjsPattern(pattern ?? (hasTime ? 'd MMM yyyy HH:mm' : 'd MMM yyyy')),
    highlightToday: true,
    weekendDays: [],
    ...(minDate && { minDate }),
    ...(maxDate && { maxDate }),
  }
  if (hasTime) {
    return (
      <DateTimePicker
        {...common}
        value={dateTimeOf(value, zone)}
        onChange={(picked) => {
          const result = picked === null ? { value: null } : withDateTime(value, picked, zone)
          store([result], ([moment = null]) => set(moment))
        }}
      />
    )
  }
  if (isRange) {
    const [from, to] = Array.isArray(value) ? value : []
    return (
      <DatePickerInput
        {...common}
        type="range"
        allowSingleDateInRange
        closeOnChange={closes}
        value={[toDate(from), toDate(to)]}
        onChange={([first, last]) =>
          store([pick(from, first), pick(to, last)], (both) => set(first === null && last === null ? null : both))
        }
      />
    )
  }
  return (
    <DatePickerInput
      {...common}
      closeOnChange={closes}
      value={toDate(value)}
      onChange={(picked) => store([pick(value, picked)], ([moment = null]) => set(moment))}
    />
  )
}
