import { useRef, useSyncExternalStore } from 'react'
import type { Ref } from '../fragments'
import { never } from '../observable'
import type { Json } from '../protocol'
import { type ComponentProps, useRefSource, useString } from '../view/react'
import { Render } from '../view/render'
import { ForItem, keysOf } from './lib/forItems'

/** A list: its template is drawn for each item. It subscribes to the keys alone; the nodes of an item subscribe to it. */
export default function For({ node }: ComponentProps) {
  const accessor = useString(node, 'key_accessor')
  const list = node.variables.items
  const keys = useItemKeys(list, node.props.items ?? null, accessor)
  if (keys.length === 0) return <Render nodes={node.slots.placeholder} />
  const template = node.slots.renderer ?? []
  return keys.map((key, index) => <ForItem key={key} template={template} list={list} index={index} itemKey={key} />)
}

/** Return the keys of the items, in order. */
function useItemKeys(list: Ref | undefined, items: Json, accessor: string | null): readonly string[] {
  const source = useRefSource(list)
  const last = useRef<{ items: Json; accessor: string | null; keys: readonly string[] }>(null)
  const get = () => {
    const present = source ? source.get() : items
    const before = last.current
    if (before && before.items === present && before.accessor === accessor) return before.keys
    const now = keysOf(present, accessor)
    const isSame = before?.keys.length === now.length && now.every((key, i) => key === before.keys[i])
    const keys = before && isSame ? before.keys : now
    last.current = { items: present, accessor, keys }
    return keys
  }
  return useSyncExternalStore(source?.subscribe ?? never, get)
}
