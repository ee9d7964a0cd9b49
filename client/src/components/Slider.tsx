import '@mantine/core/styles/Slider.css'
import './Slider.css'
import { Input, Slider as MantineSlider, RangeSlider } from '@mantine/core'
import { type CSSProperties, type KeyboardEvent, lazy, Suspense, useMemo, useRef, useState } from 'react'
import { equal } from '../edits'
import { useField } from '../fields/field'
import { useFieldValue } from '../fields/fieldValue'
import { limitsOf, stepOf } from '../fields/limits'
import { COMPONENT } from '../messages'
import type { Json } from '../protocol'
import { IconButton } from '../view/iconButton'
import { type ComponentProps, useFlag, useNumber, useProp } from '../view/react'
import { numberOf, textOf } from '../view/values'
import { domainOf, type Range, Scale } from './lib/scale'

/** Few sliders are typed into. */
const NumberEntry = lazy(() => import('./lib/sliderEntry'))

const PENCIL = 'M4 16l.8-3.2 8.6-8.6a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2l-8.6 8.6Z'
/** The most by which Mantine's rounding moves a thumb, in steps. */
const ROUNDING = 1e-6
const PRECISION_DIGITS = 9
const PARTS = {
  root: 'dara-slider-scale',
  track: 'dara-slider-track',
  mark: 'dara-tick',
  markLabel: 'dara-tick-label',
}

export default function Slider({ node }: ComponentProps) {
  const { className, id, style, label, description, disabled, readOnly, 'aria-label': name, ...field } = useField(node)
  const domain = useProp(node, 'domain')
  const step = useNumber(node, 'step') ?? stepOf(limitsOf(node))
  const scale = useMemo(() => new Scale(domainOf(domain), step), [domain, step])
  const ticks = useProp(node, 'ticks')
  const railLabels = useProp(node, 'rail_labels')
  const thumbLabels = useProp(node, 'thumb_labels')
  const [bound, set, error] = useFieldValue(node, 'set', spanOf)
  const [value, hold, change] = useDragged(bound, set)
  const [isTyped, setTyped] = useState(false)
  const isByKey = useRef(false)
  const shown = Array.isArray(value) ? rangeOf(value, scale) : (numberOf(value) ?? scale.from)
  const bar = useBar(node, scale, shown)
  const moved = (position: number, before: number) => {
    const from = scale.positionOf(before)
    if (Math.abs(position - from) < ROUNDING) return before
    return scale.valueAt(scale.snap(position, from, isByKey.current))
  }
  // Mantine counts in steps; screen readers need the value itself, and the bounds between which a key can move it.
  const boundsOf = (index: number) =>
    Array.isArray(shown) ? [index ? shown[0] : scale.from, index ? scale.to : shown[1]] : [scale.from, scale.to]
  const thumbPropsOf = (index: number) => {
    const [min, max] = boundsOf(index)
    return { min, max, value: entries[index] } as object
  }
  const isFixed = disabled || readOnly === true
  const common = {
    min: 0,
    max: scale.count,
    step: 1,
    precision: PRECISION_DIGITS,
    disabled: isFixed,
    size: 'sm',
    classNames: PARTS,
    thumbSize: 20,
    label: null,
    marks: marksOf(ticks, scale),
    onPointerDown: hold,
    ...(bar && { styles: { bar } }),
  }
  const title = label ?? name ?? ''
  const labels = Array.isArray(thumbLabels) ? thumbLabels.map(textOf) : []
  const isRange = Array.isArray(shown)
  const entries = isRange ? shown : [shown]
  const names = [labels[0] ?? (isRange ? COMPONENT.from(title) : title), labels[1] ?? COMPONENT.to(title)] as const
  const setEntry = (next: number, index: number) => change(isRange ? (shown.with(index, next) as Range) : next)
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    isByKey.current = true
    const thumbs: Element[] = [...event.currentTarget.querySelectorAll('[role="slider"]')]
    const index = thumbs.indexOf(event.target as Element)
    const next = isFixed || index < 0 || event.altKey ? null : scale.afterKey(event.key, entries[index] as number)
    if (next === null) return
    event.preventDefault()
    event.stopPropagation()
    const [min, max] = boundsOf(index) as Range
    setEntry(Math.min(Math.max(next, min), max), index)
  }
  return (
    <div className={`${className} dara-slider`} data-field={field['data-field']} id={id} style={style}>
      <div className="dara-slider-header">
        <span>{label}</span>
        <span className="dara-slider-value">
          {isTyped ? null : spanOf(shown)}
          {node.props.disable_input_alternative === true || isFixed ? null : (
            <IconButton
              className="dara-slider-switch"
              label={COMPONENT.type}
              title={COMPONENT.type}
              aria-pressed={isTyped}
              glyph={{ d: PENCIL, size: 16 }}
              onClick={() => setTyped(!isTyped)}
            />
          )}
        </span>
      </div>
      {description && <div className="dara-slider-description">{description}</div>}
      {isTyped && !isFixed ? (
        <div className="dara-slider-entries">
          <Suspense>
            {entries.map((entry, index) => (
              <NumberEntry
                key={index}
                name={names[index as 0 | 1]}
                value={entry}
                scale={scale}
                bounds={boundsOf(index) as Range}
                onChange={(typed) => setEntry(typed, index)}
              />
            ))}
          </Suspense>
        </div>
      ) : (
        <div
          className="dara-slider-rail"
          data-ticks={ticks ? true : undefined}
          data-labels={labels.length > 0 || undefined}
          onKeyDownCapture={onKey}
          onPointerDownCapture={() => {
            isByKey.current = false
          }}
        >
          {isRange ? (
            <RangeSlider
              {...common}
              minRange={0}
              value={[scale.positionOf(shown[0]), scale.positionOf(shown[1])]}
              thumbFromLabel={names[0]}
              thumbToLabel={names[1]}
              thumbProps={thumbPropsOf}
              thumbChildren={[<ThumbLabel key={0} label={labels[0]} />, <ThumbLabel key={1} label={labels[1]} />]}
              onChange={([from, to]) => change([moved(from, shown[0]), moved(to, shown[1])])}
            />
          ) : (
            <MantineSlider
              {...common}
              value={scale.positionOf(shown)}
              thumbLabel={title}
              thumbProps={thumbPropsOf(0)}
              thumbChildren={<ThumbLabel label={labels[0]} />}
              onChange={(position) => change(moved(position, shown))}
            />
          )}
        </div>
      )}
      {error && <Input.Error>{error}</Input.Error>}
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

function ThumbLabel({ label }: { label: string | undefined }) {
  return label === undefined ? null : <span className="dara-thumb-label">{label}</span>
}

/** Return the style of the coloured part of the rail, unless it is the default one. */
function useBar(node: ComponentProps['node'], scale: Scale, shown: number | Range): CSSProperties | null {
  const fromStart = useFlag(node, 'rail_from_start')
  const toEnd = useFlag(node, 'rail_to_end') === true
  if (fromStart === null && !toEnd) return null
  const [first, last] = (Array.isArray(shown) ? shown : [shown, shown]).map(
    (value) => (100 * scale.positionOf(value)) / scale.count,
  ) as Range
  const begin = (fromStart ?? !Array.isArray(shown)) ? 0 : first
  const end = toEnd ? 100 : last
  if (begin === end) return { display: 'none' }
  return {
    insetInlineStart: `calc(${begin}% - var(--slider-size))`,
    width: `calc(${end - begin}% + 2 * var(--slider-size))`,
  }
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

/** Return the text of a number or a range. */
function spanOf(value: Json): string {
  return Array.isArray(value) ? value.map(textOf).join(' – ') : textOf(value)
}

function rangeOf([from, to]: Json[], scale: Scale): Range {
  return [numberOf(from) ?? scale.from, numberOf(to) ?? scale.to].sort((a, b) => a - b) as Range
}

function marksOf(ticks: Json, scale: Scale): { value: number; label: string }[] {
  const numbers = Array.isArray(ticks) ? ticks.map(numberOf).filter((tick) => tick !== null) : []
  return [...new Set(numbers)].map((tick) => ({ value: scale.positionOf(tick), label: String(tick) }))
}
