import '@mantine/core/styles/Slider.css'
import './Slider.css'
import { Slider as MantineSlider, RangeSlider } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { equal } from '../edits'
import { useField } from '../fields/field'
import { COMPONENT } from '../messages'
import type { Json } from '../protocol'
import { type ComponentProps, useNumber, useProp, useValue } from '../view/react'
import { numberOf, textOf } from '../view/values'
import { domainOf, type Range, Scale } from './lib/scale'

/** The most by which Mantine's rounding moves a thumb, in steps. */
const ROUNDING = 1e-6
const PRECISION_DIGITS = 9

export default function Slider({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name, ...field } = useField(node)
  const domain = useProp(node, 'domain')
  const step = useNumber(node, 'step')
  const scale = useMemo(() => new Scale(domainOf(domain), step), [domain, step])
  const ticks = useProp(node, 'ticks')
  const railLabels = useProp(node, 'rail_labels')
  const [bound, set] = useValue(node, 'value')
  const [value, hold, change] = useDragged(bound, set)
  const isByKey = useRef(false)
  const shown = Array.isArray(value) ? rangeOf(value, scale) : (numberOf(value) ?? scale.from)
  const moved = (position: number, before: number) => {
    const from = scale.positionOf(before)
    if (Math.abs(position - from) < ROUNDING) return before
    return scale.valueAt(scale.snap(position, from, isByKey.current))
  }
  // Mantine counts in steps; screen readers need the value itself.
  const thumbPropsOf = (value: number | undefined) => ({ min: scale.from, max: scale.to, value }) as object
  const common = {
    min: 0,
    max: scale.count,
    step: 1,
    precision: PRECISION_DIGITS,
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
            value={[scale.positionOf(shown[0]), scale.positionOf(shown[1])]}
            thumbFromLabel={COMPONENT.from(title)}
            thumbToLabel={COMPONENT.to(title)}
            thumbProps={(index) => thumbPropsOf(shown[index])}
            onChange={([from, to]) => change([moved(from, shown[0]), moved(to, shown[1])])}
          />
        ) : (
          <MantineSlider
            {...common}
            value={scale.positionOf(shown)}
            thumbLabel={title}
            thumbProps={thumbPropsOf(shown)}
            onChange={(position) => change(moved(position, shown))}
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
 * Return the value to show, a handler for pressing the pointer, and a function that sets the value. During a drag the
 * dragged value is shown, so that other users' changes do not move the thumb.
 */
function useDragged(bound: Json, set: (value: Json) => void): [Json, () => void, (value: number | Range) => void] {
  const [dragged, setDragged] = useState<Json>(null)
  const isDown = useRef(false)
  const last = useRef(bound)
  last.current = dragged ?? bound
  const hold = () => {
    isDown.current = true
    const release = () => {
      isDown.current = false
      setDragged(null)
      window.removeEventListener('pointerup', release)
      window.removeEventListener('pointercancel', release)
    }
    window.addEventListener('pointerup', release)
    window.addEventListener('pointercancel', release)
  }
  const change = (value: number | Range) => {
    if (equal(value, last.current)) return
    last.current = value
    if (isDown.current) setDragged(value)
    set(value)
  }
  return [dragged ?? bound, hold, change]
}

function rangeOf([from, to]: Json[], scale: Scale): Range {
  return [numberOf(from) ?? scale.from, numberOf(to) ?? scale.to].sort((a, b) => a - b) as Range
}

function marksOf(ticks: Json, scale: Scale): { value: number; label: string }[] {
  const numbers = Array.isArray(ticks) ? ticks.map(numberOf).filter((tick) => tick !== null) : []
  return [...new Set(numbers)].map((tick) => ({ value: scale.positionOf(tick), label: String(tick) }))
}
