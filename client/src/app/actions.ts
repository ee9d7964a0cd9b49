/** The actions of components, which run when a component is used. */

import type { Action, Operand } from '../fragments'
import type { Input, Json } from '../protocol'
import type { Calls } from '../sync/calls'
import { truthy } from '../variables/computed'
import type { Graph } from '../variables/graph'

/**
 * Run one action. `input` is the value of the component, and `of` the slot whose fragment the component belongs to.
 * Throws CallFailed if a function of the app has no result.
 */
export async function runAction(
  action: Action,
  input: Json,
  of: string | null,
  { graph, calls }: { graph: Graph; calls: Calls },
): Promise<void> {
  if (action.kind === 'trigger') return graph.trigger(action.target.variable, action.force)
  if (action.kind === 'call') {
    const replicas = action.inputs.flatMap((each) => ('variable' in each ? graph.replicas(each) : []))
    const inputs = () => [{ value: input }, ...action.inputs.map((each) => inputOf(each, graph))]
    await calls.startWhenPossible({ target: action.target, of }, replicas, inputs)
    return
  }
  const source = graph.source(action.target)
  switch (action.kind) {
    case 'update':
      return source.set(action.value)
    case 'sync':
      return source.set(input)
    case 'toggle':
      return source.set(!truthy(source.get()))
    case 'reset':
      return source.reset()
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

function inputOf(operand: Operand, graph: Graph): Input {
  return 'variable' in operand ? graph.input(operand) : operand
}
