import { memo, useContext, useMemo, useRef, useSyncExternalStore } from 'react'
import { at } from '../edits'
import type { Node, Ref } from '../fragments'
import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import { instantiate } from '../variables/items'
import { type ComponentProps, FragmentContext, useApp, useRefSource, useString } from '../view/react'
import { NodeFailure, NodeFallback, Render } from '../view/render'

/** A list: its template is drawn for each item. It subscribes to the keys alone; the nodes of an item subscribe to it. */
export default function For({ node }: ComponentProps) {
  const accessor = useString(node, 'key_accessor')
  const list = node.variables.items
  const keys = useItemKeys(list, node.props.items ?? null, accessor)
  if (typeof keys === 'string')
    return keys === '' ? <NodeFallback node={node} /> : <NodeFailure node={node} message={keys} />
  if (keys.length === 0) return <Render nodes={node.slots.placeholder} />
  const template = node.slots.renderer ?? []
  return keys.map((key, index) => <Item key={key} template={template} list={list} index={index} itemKey={key} />)
}

interface ItemProps {
  template: readonly Node[]
  list: Ref | undefined
  index: number
  itemKey: string
}

const Item = memo(function Item({ template, list, index, itemKey }: ItemProps) {
  const app = useApp()
  const fragment = useContext(FragmentContext)?.fragment
  const nodes = useMemo(() => {
    const item = { list: list ?? NO_LIST, index, key: itemKey }
    const instance = instantiate(template, item, (uid) => app.graph.definition(uid))
    app.graph.instantiate(instance)
    return instance.nodes
  }, [app, template, list, index, itemKey, fragment])
  return <Render nodes={nodes} />
})

/** The list of a For whose items are written in the tree. */
const NO_LIST: Ref = { variable: '', path: [] }

/**
 * Return the keys of the items, in order. While the list is missing, return the reason, or an empty string while it is
 * being computed.
 */
function useItemKeys(list: Ref | undefined, items: Json, accessor: string | null): readonly string[] | string {
  const source = useRefSource(list)
  const last = useRef<{ items: Json; accessor: string | null; keys: readonly string[] }>(null)
  const get = () => {
    if (source && !source.isReady) return source.error ?? ''
    const present = source ? source.get() : items
    const before = last.current
    if (before && before.items === present && before.accessor === accessor) return before.keys
    const now = keysOf(present, accessor)
    const isSame = before?.keys.length === now.length && now.every((key, i) => key === before.keys[i])
    const keys = before && isSame ? before.keys : now
    last.current = { items: present, accessor, keys }
    return keys
  }
  return useSyncExternalStore(source?.subscribe ?? subscribeToNothing, get)
}

function subscribeToNothing(): Unsubscribe {
  return () => {}
}

/** Return a key for each item. A repeated key is made unique by the item's index. */
function keysOf(items: Json, accessor: string | null): string[] {
  if (!Array.isArray(items)) return []
  if (accessor === null || accessor === '') return items.map((_, index) => String(index))
  const path = accessor.split('.')
  const seen = new Set<string>()
  return items.map((item, index) => {
    let key = textOf(at(item, path))
    while (seen.has(key)) key += `#${index}`
    seen.add(key)
    return key
  })
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
