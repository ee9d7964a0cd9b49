/** The selections of figures of plotly. */

import { expect, test } from 'vitest'
import { asSelection, drawn, type Plot, selectionOf } from '../src/components/lib/plotlyFigure'

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
