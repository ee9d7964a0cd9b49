import { useMemo, useSyncExternalStore } from 'react'
import { keyOf } from '../variables/computed'
import { type ComponentProps, useApp, useProp } from '../view/react'
import { Placeholder, Render } from '../view/render'

/** The case that has the value, or the default. */
export default function Match({ node }: ComponentProps) {
  const key = keyOf(useProp(node, 'value'))
  const app = useApp()
  const ref = node.variables.value
  const source = useMemo(() => (ref ? app.graph.source(ref) : null), [app, ref])
  const isKnown = useSyncExternalStore(source?.subscribe ?? NEVER, () => source?.isReady ?? true)
  if (!isKnown) return <Placeholder />
  return <Render nodes={node.slots[`when:${key}`] ?? node.slots.default} />
}

const NEVER = () => () => {}
