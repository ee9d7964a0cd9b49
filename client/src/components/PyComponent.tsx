import { useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { type ComponentProps, useApp, WithinContext } from '../view/react'
import { Failure, Placeholder, preload, Render } from '../view/render'

const LATE_AFTER_MS = 300

/** What a function of the app on the server draws. It keeps its old content until there is new. */
export default function PyComponent({ node }: ComponentProps) {
  const app = useApp()
  const within = useContext(WithinContext)
  const of = within?.slot ?? null
  const part = useMemo(() => app.part(node.id, preload), [app, node.id])
  useEffect(() => {
    if (node.render) part.define(node.render, of, within?.fragment ?? null)
  }, [part, node, of, within])
  useEffect(() => part.mount(), [part])
  const { fragment, error, isBusy } = useSyncExternalStore(part.shown.subscribe, part.shown.get)
  const isLate = useLasting(isBusy && fragment !== null, LATE_AFTER_MS)
  const shown = useMemo(() => fragment && { slot: node.id, fragment }, [node.id, fragment])
  if (!shown && error !== null) return <Failure message={error} onRetry={() => part.again()} />
  if (!shown) return node.slots.fallback ? <Render nodes={node.slots.fallback} /> : <Placeholder />
  return (
    <div className="dara-part" aria-busy={isBusy || undefined} data-late={isLate || undefined}>
      <WithinContext value={shown}>
        <Render nodes={shown.fragment.nodes} />
      </WithinContext>
    </div>
  )
}

/** Whether `condition` has held for `delay` milliseconds. */
function useLasting(condition: boolean, delay: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!condition) return
    const timer = setTimeout(() => setLasts(true), delay)
    return () => {
      clearTimeout(timer)
      setLasts(false)
    }
  }, [condition, delay])
  return condition && lasts
}
