/** The selection of a figure of plotly: drawn, and read after a user has changed it. */

import { equal } from '../../edits'
import type { Json } from '../../protocol'
import {
  areasOf,
  hasPoints,
  indexesOf,
  type Plot,
  pointsOf,
  type Selection,
  selectionOf,
  tracesOf,
} from './plotlyFigure'

/** The plots that the page itself draws at the moment, each with the number of these drawings. */
const DRAWING = new WeakMap<HTMLElement, number>()

/** Draw a plot. What plotly tells of its selection meanwhile is not the doing of the user. */
export async function drawing(plot: HTMLElement, draw: () => Promise<unknown>): Promise<void> {
  DRAWING.set(plot, (DRAWING.get(plot) ?? 0) + 1)
  try {
    await draw()
  } finally {
    DRAWING.set(plot, (DRAWING.get(plot) ?? 1) - 1)
  }
}

/** Return whether the page itself is drawing a plot. */
export function isDrawing(plot: Plot): boolean {
  return (DRAWING.get(plot) ?? 0) > 0
}

/** Show a selection in a plot. */
export async function show(plot: Plot, selection: Selection | null): Promise<void> {
  await update(plot, selection)
  await keepPoints(plot, selection)
}

/**
 * Show the points of a selection, if plotly has selected others: those that are in the areas now that the figure has
 * other values. The points are what is selected, and the areas are left out.
 */
export async function keepPoints(plot: Plot, selection: Selection | null): Promise<void> {
  if (isShown(plot, selection && { ...selection, areas: areasOf(plot) })) return
  await update(plot, selection && { ...selection, areas: [] })
}

/** Return whether a plot shows a selection. */
export function isShown(plot: Plot, selection: Selection | null): boolean {
  const areas = areasOf(plot)
  if (!equal(areas, selection?.areas ?? [])) return false
  if (areas.length > 0 && !hasPoints(selection?.points ?? null)) return true
  const points = pointsOf(selection, tracesOf(plot))
  return plot.data.every(({ selectedpoints }, index) => {
    const wanted = points[index] as Json
    return wanted === null ? !Array.isArray(selectedpoints) : equal(sorted(selectedpoints ?? []), sorted(wanted))
  })
}

/**
 * Return what a user has selected in a plot that has shown a selection before. If the areas are the same and the points
 * are others, the points have been clicked, and the areas say nothing about them.
 */
export function newSelectionOf(plot: Plot, before: Selection | null): Selection | null {
  removeEmptyOutlines(plot)
  const selection = selectionOf(plot)
  if (!selection || !before || !equal(selection.areas, before.areas)) return selection
  return equal(selection.points, indexesOf(before, tracesOf(plot))) ? selection : { ...selection, areas: [] }
}

/**
 * Remove the outlines of areas that are no areas. plotly adds one with a click on a point, makes a selection of it when
 * the button is pressed the next time, and then finds nothing in it.
 */
function removeEmptyOutlines(plot: Plot): void {
  for (const outline of plot.querySelectorAll<SVGPathElement>('path.select-outline')) {
    if (outline.getTotalLength() === 0) outline.remove()
  }
}

async function update(plot: Plot, selection: Selection | null): Promise<void> {
  const traces = { selectedpoints: pointsOf(selection, tracesOf(plot)) }
  await drawing(plot, () => globalThis.Plotly.update(plot, traces, { selections: selection?.areas ?? [] }))
}

function sorted(points: Json): Json {
  return Array.isArray(points) ? [...points].sort((one, other) => Number(one) - Number(other)) : points
}
