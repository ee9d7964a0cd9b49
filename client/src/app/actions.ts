/** The actions of components, which run when a component is used. */

import type { Action, Operand } from '../fragments'
import type { Input, Json } from '../protocol'
import type { Calls } from '../sync/calls'
import { truthy } from '../variables/computed'
import type { Graph } from '../variables/graph'
import type { PressedTexts } from '../variables/presses'
import type { Notices } from './notices'

/**
 * Run one action. `input` is the value of the component, `of` the slot whose fragment the component belongs to, and
 * `pressed` has the texts when the user pressed it. Throws CallFailed if a function of the app has no result.
 */
export async function runAction(
  action: Action,
  input: Json,
  of: string | null,
  { graph, calls, notices }: { graph: Graph; calls: Calls; notices: Notices },
  pressed?: PressedTexts,
): Promise<void> {
  if (action.kind === 'trigger') return graph.trigger(action.target.variable, action.force)
  if (action.kind === 'call') {
    notices.withdrawTrouble(action.target)
    const replicas = action.inputs.flatMap((each) => ('variable' in each ? graph.replicas(each) : []))
    const inputs = () => [{ value: input }, ...action.inputs.map((each) => inputOf(each, graph, pressed))]
    const waited = pressed?.waited ?? 0
    await calls.startWhenPossible({ target: action.target, of, ...(waited > 100 && { waited }) }, replicas, inputs)
    return
  }
  const source = graph.source(action.target)
  switch (action.kind) {
    case 'update':
      return graph.presses.set(source, action.value)
    case 'sync':
      return source.set(input)
    case 'toggle':
      return source.set(!truthy(source.get()))
    case 'reset':
      return graph.presses.reset(source)
    case 'undo':
      source.undo()
      return
    case 'redo':
      source.redo()
      return
    default:
      action satisfies never
  }
}

function inputOf(operand: Operand, graph: Graph, pressed: PressedTexts | undefined): Input {
  if (!('variable' in operand)) return operand
  const input = graph.input(operand)
  const text = pressed?.of(graph.source(operand))
  return text !== undefined && 'value' in input ? { value: text } : input
}
