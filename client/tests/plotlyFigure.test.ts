/** The selections of figures of plotly. */

import { expect, test } from 'vitest'
import * as forMany from '../src/components/lib/manyPoints'
import { asSelection, drawn, type Plot, pointsOf, selectionOf } from '../src/components/lib/plotlyFigure'
import type { Json } from '../src/protocol'

test('plotly changes selections in place, and the value of the variable stays', () => {
  const value = { points: [[0, 1]], areas: [{ type: 'rect', x0: 1 }] }
  const { data, layout } = drawn({ data: [{ type: 'bar' }], layout: {} }, null, asSelection(value), true)
  const [area] = layout.selections as { x0: number }[]
  if (area) area.x0 = 5
  const points = data[0]?.selectedpoints as number[]
  points.push(2)
  expect(value).toEqual({ points: [[0, 1]], areas: [{ type: 'rect', x0: 1 }] })
  const reported = selectionOf({ data, layout } as unknown as Plot)
  points.push(3)
  expect(reported).toEqual({ points: [[0, 1, 2]], areas: [{ type: 'rect', x0: 5 }] })
})

test('a click selects, unless the figure says what a click does', () => {
  const modeOf = (layout: Record<string, Json>, isSelectable = true) =>
    drawn({ data: [], layout }, null, null, isSelectable).layout.clickmode
  expect(modeOf({})).toBe('event+select')
  expect(modeOf({ clickmode: 'select' })).toBe('event+select')
  expect(modeOf({ clickmode: 'event' })).toBe('event')
  expect(modeOf({ clickmode: 'none' })).toBe('none')
  expect(modeOf({}, false)).toBe(undefined)
})

test('areas without a point are no selection, except where no points can be selected', () => {
  const layout = { selections: [{ type: 'rect', x0: 1, line: {} }] }
  const shown = (selectedpoints: Json) => selectionOf({ data: [{ selectedpoints }], layout } as unknown as Plot)
  expect(shown([])).toBe(null)
  expect(shown([2])).toEqual({ points: [[2]], areas: [{ type: 'rect', x0: 1 }] })
  expect(shown(null)).toEqual({ points: [[]], areas: [{ type: 'rect', x0: 1 }] })
  const { data } = drawn({ data: [{}, {}], layout: {} }, null, { points: [[], []], areas: [] }, true)
  expect(data.map((trace) => trace.selectedpoints)).toEqual([null, null])
})

test('points are known by their ids, where a trace has one for each', () => {
  const old = [
    { ids: ['a', 'b', 'c'], selectedpoints: [1] },
    { customdata: [Int8Array.of(7, 1), Int8Array.of(8, 1)] as unknown as Json, selectedpoints: [0, 1] },
    { customdata: ['N', 'S', 'N'], selectedpoints: [2] },
    { customdata: [[null], [null]], selectedpoints: [1] },
  ]
  const selection = selectionOf({ data: old, layout: {} } as unknown as Plot)
  expect(selection).toEqual({ points: [[1], [0, 1], [2], [1]], areas: [], ids: [['b'], [7, 8], [], []] })
  expect(pointsOf(selection, old)).toEqual([[1], [0, 1], [2], [1]])
  const next = [{ customdata: [8, 'b', 9] }, { customdata: [8, 9], visible: false }, {}]
  expect(pointsOf(selection, next)).toEqual([[1, 0], [], [2]])
  expect(pointsOf({ points: [[1]], areas: [] }, next)).toEqual([[1], [], []])
})

test('numbers in binary form are decoded once for all drawings', () => {
  const bytes = new Uint8Array(new Float64Array([1.5, -2]).buffer)
  const x = { bdata: btoa(String.fromCharCode(...bytes)), dtype: 'f8' }
  const figure = { data: [{ type: 'scatter', x, y: [3, 4], z: { ...x, shape: '1, 2' } }], layout: {} }
  const [first, second] = [1, 2].map(() => drawn(figure, null, null, false, forMany).data[0])
  expect(first?.x).toEqual(Float64Array.from([1.5, -2]))
  expect(second?.x).toBe(first?.x)
  expect(first?.z).toEqual({ ...x, shape: '1, 2' })
})

test('of many points plotly does not measure labels, nor look for spikes that are not shown', () => {
  const data = [{ type: 'scattergl' }]
  const templateOf = (layout: Record<string, Json>, theme: Json = null) =>
    (drawn({ data, layout }, theme, null, false, forMany).layout.template as { layout: Json }).layout
  const axis = { ticklabeloverflow: 'allow' }
  expect(templateOf({})).toEqual({ spikedistance: 0, xaxis: axis, yaxis: axis })
  const theme = { layout: { xaxis: { color: 'red' } } }
  expect(templateOf({}, theme)).toEqual({ spikedistance: 0, xaxis: { ...axis, color: 'red' }, yaxis: axis })
  expect(templateOf({ xaxis2: { showspikes: true } })).toEqual({ xaxis: axis, yaxis: axis })
  expect(drawn({ data: [{ type: 'scatter' }], layout: {} }, theme, null, false).layout.template).toBe(theme)
})
