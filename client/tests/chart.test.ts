/** The series of charts, and their selections. */

import { expect, test } from 'vitest'
import { columnsOf, type Declaration, extentOf, Names, type Plot, plotOf } from '../src/components/lib/chartData'
import { optionOf } from '../src/components/lib/chartOption'
import {
  brushOf,
  changingOps,
  chosenOf,
  describe,
  rangeOf,
  selectionOf,
  toggled,
} from '../src/components/lib/chartSelection'
import type { Json } from '../src/protocol'

const LINE: Declaration = { kind: 'line', x: 'x', y: ['y'], color: null, aggregate: null, isStacked: false, bins: null }

function draw(
  data: Json,
  declaration: Partial<Declaration> = {},
  shown = { x: new Names(), color: new Names() },
): Plot {
  return plotOf(columnsOf(data), { ...LINE, ...declaration }, 'Other', shown)
}

function pointsOf(plot: Plot): Record<string, number[]> {
  return Object.fromEntries(plot.series.map(({ name, points }) => [name, [...points]]))
}

test('records and columns are drawn alike, in the order of the axis', () => {
  const records = [
    { x: 3, y: 30 },
    { x: 1, y: 10 },
    { x: 2, y: null },
  ]
  const columns = { x: [3, 1, 2], y: [30, 10, null] }
  const points = { y: [1, 10, 2, Number.NaN, 3, 30] }
  expect(pointsOf(draw(records))).toEqual(points)
  expect(pointsOf(draw(columns))).toEqual(points)
  expect(pointsOf(draw('no data'))).toEqual({ y: [] })
})

test('the values decide the kind of the axis', () => {
  expect(draw([{ x: 1.5, y: 1 }]).axis).toEqual({ type: 'value' })
  expect(draw([{ x: '2026-01-31', y: 1 }]).axis).toEqual({ type: 'time', isZoned: false, isDaily: true })
  expect(draw([{ x: '2026-01-31T10:00:00+01:00', y: 1 }]).axis).toMatchObject({ isZoned: true, isDaily: false })
  expect(
    draw([
      { x: 'Ann', y: 1 },
      { x: 1, y: 1 },
    ]).axis,
  ).toEqual({ type: 'category', names: ['Ann', 1] })
  const years = [
    { x: 2025, y: 1 },
    { x: 2024, y: 1 },
  ]
  expect(draw(years, { kind: 'bar' }).axis).toEqual({ type: 'category', names: [2024, 2025] })
})

test('records with the same x are combined if asked for', () => {
  const data = [
    { x: 'a', y: 1 },
    { x: 'b', y: 5 },
    { x: 'a', y: 3 },
    { x: 'a', y: null },
  ]
  expect(pointsOf(draw(data, { kind: 'bar', aggregate: 'mean' }))).toEqual({ y: [0, 2, 1, 5] })
  expect(pointsOf(draw(data, { kind: 'bar', aggregate: 'count', y: null }))).toEqual({ count: [0, 3, 1, 1] })
  expect(pointsOf(draw(data, { kind: 'histogram', y: null }))).toEqual({ count: [0, 3, 1, 1] })
})

test('a colour makes a series, whose name keeps its place and colour', () => {
  const shown = { x: new Names(), color: new Names() }
  const north = { x: 'n', y: 1, who: 'ann' }
  const south = { x: 's', y: 2, who: 'ben' }
  const both = draw([north, south], { kind: 'bar', color: 'who' }, shown)
  expect(both.series.map(({ name, color }) => [name, color])).toEqual([
    ['ann', 0],
    ['ben', 1],
  ])
  const turned = draw([south, north], { kind: 'bar', color: 'who' }, shown)
  expect(turned.axis).toEqual({ type: 'category', names: ['n', 's'] })
  expect(draw([south], { kind: 'bar', color: 'who' }, shown).series[0]?.color).toBe(1)
})

test('many colours share the last one', () => {
  const data = Array.from({ length: 30 }, (_, i) => ({ x: i, y: i, who: `Person ${i}` }))
  const { series } = draw(data, { kind: 'scatter', color: 'who' })
  expect(series).toHaveLength(12)
  expect(series.at(-1)).toMatchObject({ name: 'Other' })
  expect(series.flatMap(({ points }) => [...points])).toHaveLength(60)
})

test('lines that share a colour stay lines of their own', () => {
  const data = [1, 2].flatMap((x) => Array.from({ length: 13 }, (_, i) => ({ x, y: 10 * i + x, who: `Person ${i}` })))
  const otherOf = (declaration: Partial<Declaration>, given: Json = data) =>
    pointsOf(draw(given, { color: 'who', ...declaration })).Other
  const gap = Number.NaN
  const lines = [1, 111, 2, 112, 2, gap, 1, 121, 2, 122, 2, gap]
  expect(otherOf({})).toEqual(lines)
  expect(otherOf({ kind: 'area' })).toEqual(lines)
  expect(otherOf({ kind: 'area', isStacked: true })).toEqual([1, 232, 2, 234])
  expect(otherOf({ aggregate: 'mean' })).toEqual([1, 116, 2, 117])
  const columns = { x: data.map(({ x }) => x), y: data.map(({ y }) => y), who: data.map(({ who }) => who) }
  expect(otherOf({ kind: 'bar', aggregate: 'max' }, { columns, combined: true })).toEqual([0, 121, 1, 122])
  expect(otherOf({ kind: 'bar' })).toEqual([0, 232, 1, 234])
})

test('the mean of rare colours is that of their rows, which the server has combined', () => {
  const who = Array.from({ length: 13 }, (_, i) => `Person ${i}`)
  const columns = {
    x: who.map(() => 1),
    y: who.map((_, i) => i),
    who,
    __dara_count__: who.map((_, i) => (i > 11 ? 3 : 1)),
  }
  for (const kind of ['bar', 'line'] as const) {
    const { series } = draw({ columns, combined: true }, { kind, y: null, color: 'who', aggregate: 'mean' })
    expect(series.at(-1)).toMatchObject({ name: 'Other', isBroken: false })
    expect([...(series.at(-1)?.points ?? [])].at(-1)).toBe((11 + 3 * 12) / 4)
    expect(series.at(-1)?.points).toHaveLength(2)
  }
})

test('a histogram has bins with round edges, and loses no value', () => {
  const data = Array.from({ length: 1000 }, (_, i) => ({ x: i / 100, y: 0 }))
  const { series, binWidth } = draw(data, { kind: 'histogram', y: null, bins: 10 })
  expect(binWidth).toBe(1)
  const counts = [...(series[0]?.points ?? [])].filter((_, index) => index % 2 === 1)
  expect(counts).toEqual(Array(10).fill(100))
  expect(draw([{ x: 4, y: 0 }], { kind: 'histogram' }).binWidth).toBe(1)
})

test('a range is rounded inwards, and written as the data is', () => {
  expect(rangeOf({ type: 'value' }, [104_641.3, 372_422])).toEqual({ from: 105_000, to: 372_000 })
  expect(rangeOf({ type: 'value' }, [0.1234, 0.5678])).toEqual({ from: 0.124, to: 0.567 })
  const from = Date.UTC(2026, 0, 1, 13)
  const to = Date.UTC(2026, 2, 5, 13)
  expect(rangeOf({ type: 'time', isZoned: false, isDaily: true }, [from, to])).toEqual({
    from: '2026-01-02',
    to: '2026-03-05',
  })
  expect(rangeOf({ type: 'time', isZoned: true, isDaily: false }, [from + 1000, to])).toEqual({
    from: '2026-01-01T14:00:00Z',
    to: '2026-03-05T13:00:00Z',
  })
})

test('a selection is changed column by column', () => {
  const range = { from: 1, to: 2 }
  expect(changingOps(null, { a: range })).toEqual([{ op: 'replace', path: [], value: { a: range } }])
  expect(changingOps({ a: range }, { a: { from: 0, to: 9 }, b: ['x'], c: null })).toEqual([
    { op: 'replace', path: ['a'], value: { from: 0, to: 9 } },
    { op: 'add', path: ['b'], value: ['x'] },
  ])
  expect(changingOps({ a: range }, { a: null })).toEqual([{ op: 'remove', path: ['a'] }])
  expect(selectionOf({ a: range, b: 5, c: ['x'], d: { from: null } })).toEqual({ a: range, c: ['x'] })
})

test('names are selected one by one', () => {
  expect(toggled(undefined, 'a')).toEqual(['a'])
  expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
  expect(toggled(['a'], 'a')).toBeNull()
  const axis = { type: 'category', names: ['a', 'b'] } as const
  expect(chosenOf({ ...axis, names: [...axis.names] }, ['b'])).toEqual(new Set([1]))
  expect(chosenOf({ ...axis, names: [...axis.names] }, undefined)).toBeNull()
})

test('all names are written while there is room, turned where they are long', () => {
  const plot = draw(['Airport', 'Old Town', 'University'].map((x, y) => ({ x, y })))
  const theme = { text: '', dimmed: '', line: '', surface: '', font: '', palette: [] }
  const look = { kind: 'bar', isStacked: false, xLabel: '', yLabel: null, chosen: null } as const
  const labelsAt = (widthPx: number) => {
    const option = optionOf(plot, { ...look, isSelectable: false, isStill: true, widthPx }, theme)
    return (option.xAxis as { axisLabel: object }).axisLabel
  }
  expect(labelsAt(400)).toMatchObject({ interval: 0, rotate: 0 })
  expect(labelsAt(240)).toMatchObject({ interval: 0, rotate: 35 })
  expect(labelsAt(140)).toMatchObject({ interval: 0, rotate: 60 })
  expect(labelsAt(100)).toMatchObject({ interval: 'auto', rotate: 0 })
})

test('bars of dates have names that people read, and are selected by what the data has', () => {
  const namesOf = (...xs: string[]) => {
    const { axis } = draw(
      xs.map((x) => ({ x, y: 1 })),
      { kind: 'bar' },
    )
    expect(axis).toEqual({ type: 'category', names: xs })
    const [described] = describe({ x: xs }, [{ column: 'x', axis }])
    return described?.text
  }
  const written = (style: Intl.DateTimeFormatOptions, ...dates: string[]) =>
    dates.map((date) => new Intl.DateTimeFormat(undefined, { ...style, timeZone: 'UTC' }).format(Date.parse(date)))
  const month = { month: 'short', year: 'numeric' } as const
  const [day, time] = [{ dateStyle: 'medium' }, { dateStyle: 'medium', timeStyle: 'short' }] as const
  const [first, second] = ['2025-01-01T00:00:00', '2025-02-01T00:00:00']
  expect(namesOf(first, second)).toBe(written(month, '2025-01-01', '2025-02-01').join(', '))
  expect(namesOf('2025-01-01', '2025-02-01')).toBe(written(month, '2025-01-01', '2025-02-01').join(', '))
  expect(namesOf(first)).toBe(written(day, '2025-01-01').join())
  expect(namesOf(first, '2025-01-02T00:00:00')).toBe(written(day, '2025-01-01', '2025-01-02').join(', '))
  expect(namesOf(first, '2025-01-01T10:30:00')).toBe(written(time, `${first}Z`, '2025-01-01T10:30:00Z').join(', '))
  expect(namesOf(first, '2025-01-01T00:00:07')).toBe(`${first}, 2025-01-01T00:00:07`)
})

test('what the server has combined is drawn as it is', () => {
  const data = { columns: { x: [5, 15], __dara_count__: [3, 4] }, combined: true, binWidth: 10 }
  const plot = draw(data, { kind: 'histogram', y: null })
  expect(plot.binWidth).toBe(10)
  expect(pointsOf(plot)).toEqual({ count: [5, 3, 15, 4] })
  const counted = { columns: { x: ['a', 'b'], __dara_count__: [3, 4] }, combined: true }
  expect(pointsOf(draw(counted, { kind: 'bar', aggregate: 'count', y: null }))).toEqual({ count: [0, 3, 1, 4] })
})

test('rows without an x have a place among names, and are counted elsewhere', () => {
  const data = [
    { x: 'a', y: 1 },
    { x: null, y: 5 },
  ]
  const bars = draw(data, { kind: 'bar' })
  expect(bars.axis).toEqual({ type: 'category', names: ['a', null] })
  expect(pointsOf(bars)).toEqual({ y: [0, 1, 1, 5] })
  expect(bars.missing).toBe(0)
  const numbers = [
    { x: 1, y: 1 },
    { x: null, y: 5 },
  ]
  expect(draw(numbers).missing).toBe(1)
  expect(draw(numbers, { kind: 'histogram', y: null }).missing).toBe(1)
})

test('a range without one of its ends, and a single point, are drawn', () => {
  const plot = draw([
    { x: 0, y: 1 },
    { x: 100, y: 9 },
  ])
  const dimensions = [{ column: 'x', axis: plot.axis }]
  const extents = [extentOf(plot, 0), extentOf(plot, 1)]
  expect(extents).toEqual([
    [0, 100],
    [1, 9],
  ])
  const shownOf = (chosen: Json) => {
    const selection = selectionOf({ x: chosen })
    const brush = brushOf(selection, dimensions, extents) as { coordRange: number[] } | null
    return [brush?.coordRange, describe(selection, dimensions)[0]?.text]
  }
  expect(shownOf({ from: 40 })).toEqual([[40, 100], '≥ 40'])
  expect(shownOf({ from: null, to: 40 })).toEqual([[0, 40], '≤ 40'])
  expect(shownOf({ from: 40, to: 40 })).toEqual([[39.75, 40.25], '40'])
  expect(shownOf({ from: 200 })).toEqual([[199.75, 200.25], '≥ 200'])
  expect(shownOf({})).toEqual([undefined, undefined])
})
