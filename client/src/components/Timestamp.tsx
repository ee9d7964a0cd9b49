import { useEffect, useState } from 'react'
import { type ComponentProps, useProp, useText } from '../view/react'
import { useStyle } from '../view/style'
import { textOf } from '../view/values'
import { readingOf } from './lib/timestamps'

/** A moment, written as people say it: as a time today, with the day before. */
export default function Timestamp({ node }: ComponentProps) {
  const value = useProp(node, 'value')
  const zone = useText(node, 'timezone')
  const today = useToday()
  const reading = readingOf(value, today, zone || undefined)
  return (
    <time
      {...useStyle(node, 'textAlign')}
      className="dara-text"
      {...(reading && { dateTime: textOf(value), title: reading.full })}
    >
      {reading ? reading.short : textOf(value)}
    </time>
  )
}

/** Return the present moment; a component that reads it is drawn again when the day is over. */
function useToday(): Date {
  const [today, setToday] = useState(() => new Date())
  useEffect(() => {
    const midnight = new Date(today).setHours(24, 0, 0, 0)
    const timer = setTimeout(() => setToday(new Date()), Math.max(midnight - Date.now(), 1000))
    return () => clearTimeout(timer)
  }, [today])
  return today
}
