import './PyComponent.css'
import { useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import { useLasting } from '../view/lasting'
import { type ComponentProps, FragmentContext, useApp } from '../view/react'
import { NodeFailure, NodeFallback, preload, Render, useSuspended } from '../view/render'

const LATE_AFTER_MS = 300

/** The tree that a function of the app on the server returns. The former tree stays until the next one arrives. */
export default function PyComponent({ node }: ComponentProps) {
  const app = useApp()
  const enclosing = useContext(FragmentContext)
  const part = useMemo(() => app.part(node.id, preload), [app, node.id])
  useEffect(() => {
    if (node.render) part.define(node.render, enclosing?.slot ?? null, enclosing?.fragment ?? null)
  }, [part, node, enclosing])
  useEffect(() => part.mount(), [part])
  const { fragment, error, isBusy } = useSyncExternalStore(part.shown.subscribe, part.shown.get)
  const isLate = useLasting(isBusy && fragment !== null, LATE_AFTER_MS)
  const isSuspended = useSuspended(node, isBusy && fragment !== null)
  const shown = useMemo(() => fragment && { slot: node.id, fragment }, [node.id, fragment])
  if (!shown && error !== null) return <NodeFailure node={node} message={error} onRetry={() => part.again()} />
  if (!shown) return <NodeFallback node={node} />
  return (
    <>
      <div className="dara-part" aria-busy={isBusy || undefined} data-late={isLate || undefined} hidden={isSuspended}>
        <FragmentContext value={shown}>
          <Render nodes={shown.fragment.nodes} />
        </FragmentContext>
      </div>
      {isSuspended && <NodeFallback node={node} />}
    </>
  )
}
