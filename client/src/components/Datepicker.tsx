import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/dates/styles.css'
import { DatePickerInput, DateTimePicker } from '@mantine/dates'
import { useState } from 'react'
import { useField } from '../fields/field'
import { atDayAndTime, dayOf, onDay, wallOf } from '../fields/moments'
import type { Reading } from '../fields/valueBinding'
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
  const day = (value: Json | undefined) => dayOf(value, zone)
  const least = day(useProp(node, 'min_date'))
  const most = day(useProp(node, 'max_date'))
  const [value, set] = useValue(node, 'value')
  const [refusal, explain] = useState<string | null>(null)
  /** What was picked, as far as it can be stored. */
  const store = (readings: Reading[], then: (values: Json[]) => void) => {
    const reasons = readings.flatMap((reading) => ('reason' in reading ? [reading.reason] : []))
    explain(reasons[0] ?? null)
    if (reasons.length === 0) then(readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])))
  }
  const on = (before: Json | undefined, picked: string | null): Reading =>
    picked === null ? { value: null } : onDay(before, picked, zone)
  const common = {
    ...field,
    error: refusal,
    clearable: !field.disabled,
    valueFormat: toDayjsPattern(pattern ?? (hasTime ? 'd MMM yyyy HH:mm' : 'd MMM yyyy')),
    highlightToday: true,
    weekendDays: [],
    ...(least && { minDate: least }),
    ...(most && { maxDate: most }),
  }
  if (hasTime) {
    return (
      <DateTimePicker
        {...common}
        value={wallOf(value ?? undefined, zone)}
        onChange={(picked) => {
          const reading = picked === null ? { value: null } : atDayAndTime(value ?? undefined, picked, zone)
          store([reading], ([moment = null]) => set(moment))
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
        value={[day(from), day(to)]}
        onChange={([first, last]) =>
          store([on(from, first), on(to, last)], (both) => set(first === null && last === null ? null : both))
        }
      />
    )
  }
  return (
    <DatePickerInput
      {...common}
      closeOnChange={closes}
      value={day(value ?? undefined)}
      onChange={(picked) => store([on(value ?? undefined, picked)], ([moment = null]) => set(moment))}
    />
  )
}
