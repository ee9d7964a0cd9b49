import '@mantine/core/styles/Slider.css'
import { Slider as MantineSlider, RangeSlider } from '@mantine/core'
import { useRef, useState } from 'react'
import { useField } from '../field'
import type { Json } from '../protocol'
import { type ComponentProps, useProp, useValue } from '../react'

type Range = [number, number]

export default function Slider({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name } = useField(node)
  const [from, to] = domainOf(useProp<Json>(node, 'domain'))
  const step = useProp<number>(node, 'step') ?? stepOf(from, to)
  const ticks = useProp<number[]>(node, 'ticks')
  const railLabels = useProp<string[]>(node, 'rail_labels')
  const [shared, set] = useValue<Json>(node, 'value')
  const [value, hold, change] = useHeld(shared, set)
  const shown = Array.isArray(value) ? rangeOf(value, from, to) : typeof value === 'number' ? value : from
  const common = {
    min: from,
    max: to,
    step,
    disabled: disabled || readOnly === true,
    size: 'sm',
    thumbSize: 20,
    label: null,
    marks: ticks?.map((tick) => ({ value: tick, label: String(tick) })) ?? [],
    onPointerDown: hold,
  }
  const title = label ?? name ?? ''
  return (
    <div className={`${className} dara-slider`} id={id} style={style}>
      <div className="dara-slider-header">
        <span>{label}</span>
        <span className="dara-slider-value">{Array.isArray(shown) ? shown.join(' – ') : shown}</span>
      </div>
      {description && <div className="dara-slider-description">{description}</div>}
      <div className="dara-slider-rail" data-ticks={ticks ? true : undefined}>
        {Array.isArray(shown) ? (
          <RangeSlider
            {...common}
            minRange={0}
            value={shown}
            thumbFromLabel={`${title}, from`}
            thumbToLabel={`${title}, to`}
            onChange={change}
          />
        ) : (
          <MantineSlider {...common} value={shown} thumbLabel={title} onChange={change} />
        )}
      </div>
      {railLabels && (
        <div className="dara-slider-ends" aria-hidden>
          {railLabels.map((each) => (
            <span key={each}>{each}</span>
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
    if (String(value) === String(last.current)) return
    last.current = value
    if (isDown.current) setHeld(value)
    set(value)
  }
  return [held ?? shared, hold, change]
}

function domainOf(domain: Json): Range {
  return Array.isArray(domain) ? rangeOf(domain, 0, 100) : [0, 100]
}

function rangeOf([from, to]: Json[], least: number, most: number): Range {
  return [typeof from === 'number' ? from : least, typeof to === 'number' ? to : most]
}

/** 1 for a domain of integers; else the power of ten that gives at least 100 steps. */
function stepOf(from: number, to: number): number {
  const span = to - from
  if (Number.isInteger(from) && Number.isInteger(to) && span > 1) return 1
  return Number((10 ** Math.floor(Math.log10(span / 100) + 1e-9)).toPrecision(1)) || 1
}
