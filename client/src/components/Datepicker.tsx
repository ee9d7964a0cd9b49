import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/dates/styles.css'
import './Datepicker.css'
import { DatePickerInput, DateTimePicker } from '@mantine/dates'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import { dateOf, dateTimeOf, withDate, withDateTime } from '../fields/moments'
import type { ParseResult } from '../fields/valueBinding'
import { COMPONENT } from '../messages'
import { DATEPICKER } from '../messages/datepicker'
import type { Json } from '../protocol'
import { Glyph } from '../view/iconButton'
import { type ComponentProps, useFlag, useProp, useString } from '../view/react'
import { textOf } from '../view/values'
import { toDayjsPattern } from './lib/dates'

const CALENDAR = 'M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5'

export default function Datepicker({ node }: ComponentProps) {
  const field = useField(node)
  const isRange = useFlag(node, 'range')
  const hasTime = useFlag(node, 'enable_time')
  const pattern = useString(node, 'date_format')
  const closes = useFlag(node, 'select_close') !== false
  const zone = useString(node, 'timezone')
  const toDate = (value: Json | undefined) => dateOf(value, zone)
  const minDate = toDate(useProp(node, 'min_date') ?? node.props.min)
  const maxDate = toDate(useProp(node, 'max_date') ?? node.props.max)
  const format = toDayjsPattern(pattern ?? (hasTime ? 'd MMM yyyy HH:mm' : 'd MMM yyyy'))
  const wordsOf = (value: Json): string => {
    if (Array.isArray(value)) return value.map(wordsOf).join(' – ')
    const moment = (hasTime ? dateTimeOf : dateOf)(value, zone)
    return moment === null ? textOf(value) : dayjs(moment).format(format)
  }
  const [value, set, refused] = useFieldValue(node, 'set', wordsOf)
  const [error, setError] = useState<string | null>(null)
  /** Store the values of the picked dates, or show the reason why one has no value. */
  const store = (results: ParseResult[], setValues: (values: Json[]) => void) => {
    const reasons = results.flatMap((result) => ('reason' in result ? [result.reason] : []))
    setError(reasons[0] ?? null)
    if (reasons.length === 0) setValues(results.flatMap((result) => ('value' in result ? [result.value] : [])))
  }
  const pick = (before: Json | undefined, picked: string | null): ParseResult =>
    picked === null ? { value: null } : withDate(before, picked, zone)
  const words = value === null || value === undefined ? '' : wordsOf(value)
  const common = {
    ...field,
    // It is a button: its name stands in the place of its content, which is the value.
    ...(field['aria-label'] && words && { 'aria-label': words }),
    ...(field.label && words && { 'aria-description': words }),
    error: error ?? refused,
    clearable: !field.disabled,
    clearButtonProps: { 'aria-label': COMPONENT.clear },
    ariaLabels: DATEPICKER.calendar,
    // The role of a dialog, which it would have, needs a name.
    popoverProps: { withRoles: false },
    leftSection: <Glyph d={CALENDAR} size={16} />,
    leftSectionPointerEvents: 'none' as const,
    placeholder: field.placeholder ?? (isRange ? DATEPICKER.pickDates : DATEPICKER.pickDate),
    valueFormat: format,
    highlightToday: true,
    withNativeLevelSelect: true,
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
