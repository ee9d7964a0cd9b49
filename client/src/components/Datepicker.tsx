import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/dates/styles.css'
import { DatePickerInput, DateTimePicker } from '@mantine/dates'
import { patternOf } from '../dates'
import { useField } from '../field'
import type { Json } from '../protocol'
import { type ComponentProps, useProp, useValue } from '../react'

const DATE = 10

export default function Datepicker({ node }: ComponentProps) {
  const field = useField(node)
  const isRange = useProp<boolean>(node, 'range')
  const hasTime = useProp<boolean>(node, 'enable_time')
  const pattern = useProp<string>(node, 'date_format')
  const closes = useProp<boolean>(node, 'select_close') !== false
  const least = dayOf(useProp<Json>(node, 'min_date'))
  const most = dayOf(useProp<Json>(node, 'max_date'))
  const [value, set] = useValue<Json>(node, 'value')
  const common = {
    ...field,
    clearable: !field.disabled,
    valueFormat: patternOf(pattern ?? (hasTime ? 'd MMM yyyy HH:mm' : 'd MMM yyyy')),
    highlightToday: true,
    weekendDays: [],
    ...(least && { minDate: least }),
    ...(most && { maxDate: most }),
  }
  if (hasTime) {
    return (
      <DateTimePicker
        {...common}
        value={typeof value === 'string' ? value.replace('T', ' ').slice(0, 19) : null}
        onChange={(picked) => set(picked === null ? null : picked.replace(' ', 'T'))}
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
        value={[dayOf(from), dayOf(to)]}
        onChange={([first, last]) => set(first === null && last === null ? null : [first, last])}
      />
    )
  }
  return <DatePickerInput {...common} closeOnChange={closes} value={dayOf(value)} onChange={set} />
}

/** The day of a date in ISO format, with or without a time. */
function dayOf(value: Json | undefined): string | null {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? value.slice(0, DATE) : null
}
