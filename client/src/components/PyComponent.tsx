import { useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import { Marked } from '../view/marked'
import { type ComponentProps, FragmentContext, useApp } from '../view/react'
import { explained, NodeFailure, NodeFallback, preload, Render, useSuspended } from '../view/render'

/** The tree that a function of the app on the server returns. The former tree stays until the next one arrives. */
export default function PyComponent({ node }: ComponentProps) {
  const app = useApp()
  const enclosing = useContext(FragmentContext)
  const part = useMemo(() => app.part(node.id, preload), [app, node.id])
  useEffect(() => {
    if (node.render) part.define(node.render, enclosing?.slot ?? null, enclosing?.fragment ?? null)
  }, [part, node, enclosing])
  useEffect(() => part.mount(), [part])
  const { fragment, freshness } = useSyncExternalStore(part.shown.subscribe, part.shown.get)
  const isSuspended = useSuspended(node, freshness.isLoading && fragment !== null)
  const shown = useMemo(() => fragment && { slot: node.id, fragment }, [node.id, fragment])
  const retry = () => part.again()
  if (!shown && freshness.error) return <NodeFailure node={node} freshness={freshness} onRetry={retry} />
  if (!shown) return <NodeFallback node={node} freshness={freshness} />
  return (
    <>
      <Marked freshness={explained(freshness, node)} onRetry={retry} hidden={isSuspended}>
        <FragmentContext value={shown}>
          <Render nodes={shown.fragment.nodes} />
        </FragmentContext>
      </Marked>
      {isSuspended && <NodeFallback node={node} freshness={freshness} />}
    </>
  )
}
