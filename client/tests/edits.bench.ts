/** The TypeScript half of bench_edits.py: reads its plans, prints the seconds that each takes. */

import { readFileSync } from 'node:fs'
import { apply, rebase } from '../src/edits'
import type { Json, Op } from '../src/protocol'

interface Plan {
  document: Json
  edits: Record<string, Op>
  over: Op[]
  text: string
  keystroke: Op
}

const BATCHES = 7
const BATCH_MS = 50
let kept: unknown // so that nothing that is measured is left out as useless

function timed(run: () => unknown): number {
  for (const until = performance.now() + BATCH_MS; performance.now() < until; ) kept = run()
  const began = performance.now()
  kept = run()
  const count = Math.max(1, Math.floor(BATCH_MS / (performance.now() - began + 1e-6)))
  const batches = Array.from({ length: BATCHES }, () => {
    const began = performance.now()
    for (let i = 0; i < count; i++) kept = run()
    return (performance.now() - began) / count
  })
  return (batches.sort((a, b) => a - b)[BATCHES >> 1] as number) / 1000
}

function measure({ document, edits, over, text, keystroke }: Plan): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const [name, edit] of Object.entries(edits)) figures[`apply: ${name}`] = timed(() => apply(document, [edit]))
  // A rope costs nothing until somebody looks at it.
  figures['apply: a keystroke in one text'] = timed(() => (apply(text, [keystroke]) as string).charCodeAt(text.length))
  for (const [name, edit] of Object.entries(edits)) {
    figures[`rebase over three: ${name}`] = timed(() => rebase([edit], over))
  }
  figures['rebase: a keystroke in one text'] = timed(() => rebase([keystroke], [keystroke]))
  return figures
}

const plans: Record<string, Plan> = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))
const measured = Object.fromEntries(Object.entries(plans).map(([size, plan]) => [size, measure(plan)]))
process.stdout.write(JSON.stringify(measured))
if (kept === plans) process.stdout.write(' ')
