import '@mantine/core/styles/Slider.css'
import { Slider as MantineSlider, RangeSlider } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { equal } from '../edits'
import { useField } from '../fields/field'
import type { Json } from '../protocol'
import { type ComponentProps, useNumber, useProp, useValue } from '../view/react'
import { numberOf, textOf } from '../view/values'
import { domainOf, type Range, Scale } from './lib/scale'

/** Where Mantine says that a thumb is if it was not moved, but for its rounding. */
const STILL = 1e-6
const PRECISION = 9

export default function Slider({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name, ...field } = useField(node)
  const domain = useProp(node, 'domain')
  const step = useNumber(node, 'step')
  const scale = useMemo(() => new Scale(domainOf(domain), step), [domain, step])
  const ticks = useProp(node, 'ticks')
  const railLabels = useProp(node, 'rail_labels')
  const [shared, set] = useValue(node, 'value')
  const [value, hold, change] = useHeld(shared, set)
  const isByKey = useRef(false)
  const shown = Array.isArray(value) ? rangeOf(value, scale) : (numberOf(value) ?? scale.from)
  const moved = (place: number, before: number) => {
    const from = scale.placeOf(before)
    if (Math.abs(place - from) < STILL) return before
    return scale.valueAt(scale.stop(place, from, isByKey.current))
  }
  // To Mantine a value is a number of steps; a screen reader is told of the value itself.
  const told = (value: number | undefined) => ({ min: scale.from, max: scale.to, value }) as object
  const common = {
    min: 0,
    max: scale.count,
    step: 1,
    precision: PRECISION,
    disabled: disabled || readOnly === true,
    size: 'sm',
    thumbSize: 20,
    label: null,
    marks: marksOf(ticks, scale),
    onPointerDown: hold,
  }
  const title = label ?? name ?? ''
  return (
    <div className={`${className} dara-slider`} data-field={field['data-field']} id={id} style={style}>
      <div className="dara-slider-header">
        <span>{label}</span>
        <span className="dara-slider-value">{Array.isArray(shown) ? shown.join(' – ') : shown}</span>
      </div>
      {description && <div className="dara-slider-description">{description}</div>}
      <div
        className="dara-slider-rail"
        data-ticks={ticks ? true : undefined}
        onKeyDownCapture={() => {
          isByKey.current = true
        }}
        onPointerDownCapture={() => {
          isByKey.current = false
        }}
      >
        {Array.isArray(shown) ? (
          <RangeSlider
            {...common}
            minRange={0}
            value={[scale.placeOf(shown[0]), scale.placeOf(shown[1])]}
            thumbFromLabel={`${title}, from`}
            thumbToLabel={`${title}, to`}
            thumbProps={(index) => told(shown[index])}
            onChange={([from, to]) => change([moved(from, shown[0]), moved(to, shown[1])])}
          />
        ) : (
          <MantineSlider
            {...common}
            value={scale.placeOf(shown)}
            thumbLabel={title}
            thumbProps={told(shown)}
            onChange={(place) => change(moved(place, shown))}
          />
        )}
      </div>
      {Array.isArray(railLabels) && (
        <div className="dara-slider-ends" aria-hidden>
          {railLabels.map((each, index) => (
            <span key={index}>{textOf(each)}</span>
          ))}
        </div>
      )}
    </div>
  )
}

/**
 * The value that the pointer holds while it is down, so that nobody else's change pulls the thumb
 * away from under it; the shared one otherwise.
 */
function useHeld(shared: Json, set: (value: Json) => void): [Json, () => void, (value: number | Range) => void] {
  const [held, setHeld] = useState<Json>(null)
  const isDown = useRef(false)
  const last = useRef(shared)
  last.current = held ?? shared
  const hold = () => {
    isDown.current = true
    const release = () => {
      isDown.current = false
      setHeld(null)
      window.removeEventListener('pointerup', release)
      window.removeEventListener('pointercancel', release)
    }
    window.addEventListener('pointerup', release)
    window.addEventListener('pointercancel', release)
  }
  const change = (value: number | Range) => {
    if (equal(value, last.current)) return
    last.current = value
    if (isDown.current) setHeld(value)
    set(value)
  }
  return [held ?? shared, hold, change]
}

function rangeOf([from, to]: Json[], scale: Scale): Range {
  return [numberOf(from) ?? scale.from, numberOf(to) ?? scale.to].sort((a, b) => a - b) as Range
}

function marksOf(ticks: Json, scale: Scale): { value: number; label: string }[] {
  const numbers = Array.isArray(ticks) ? ticks.map(numberOf).filter((tick) => tick !== null) : []
  return [...new Set(numbers)].map((tick) => ({ value: scale.placeOf(tick), label: String(tick) }))
}
