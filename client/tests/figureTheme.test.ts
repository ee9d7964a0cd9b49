/** Themes of figures in the looks of an app. */

import { expect, it } from 'vitest'
import { inLooks } from '../src/components/lib/figureTheme'

const THEME = {
  layout: {
    font: { color: '#23211d', family: 'system-ui, -apple-system, sans-serif' },
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    colorway: ['#23211d', '#123456'],
    colorscale: { sequential: [[0, '#23211d']] },
  },
  data: { table: [{ cells: { fill: { color: '#23211d' } } }] },
}

it('has the colours, the font and the accent of the app, and keeps its palettes', () => {
  const looks = { colors: new Map([['#23211d', '#440044']]), font: 'Inter', accent: '#7c3aed' }
  expect(inLooks(THEME, looks)).toEqual({
    layout: {
      font: { color: '#440044', family: 'Inter' },
      paper_bgcolor: 'rgba(0, 0, 0, 0)',
      colorway: ['#7c3aed', '#123456'],
      colorscale: { sequential: [[0, '#23211d']] },
    },
    data: { table: [{ cells: { fill: { color: '#440044' } } }] },
  })
})

it('is that of Dara in an app without a brand, but for the font', () => {
  const looks = { colors: new Map<string, string>(), font: 'Inter', accent: null }
  expect(inLooks(THEME.layout.colorscale, looks)).toEqual(THEME.layout.colorscale)
  expect(inLooks(THEME.layout, looks)).toMatchObject({ colorway: THEME.layout.colorway, font: { color: '#23211d' } })
})
