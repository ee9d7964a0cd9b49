import { memo, useContext, useMemo, useRef, useSyncExternalStore } from 'react'
import { at } from '../edits'
import type { Json, Node, Ref } from '../protocol'
import { instantiate } from '../variables/items'
import { Failure, Placeholder } from '../view/fallbacks'
import { type ComponentProps, FragmentContext, useApp, useString } from '../view/react'
import { Render } from '../view/render'

/** A template for each item of a list. Only the keys are watched here: an item's own parts watch the item. */
export default function For({ node }: ComponentProps) {
  const accessor = useString(node, 'key_accessor')
  const list = node.variables.items
  const keys = useKeys(list, node.props.items ?? null, accessor)
  if (typeof keys === 'string') return keys === '' ? <Placeholder /> : <Failure message={keys} />
  if (keys.length === 0) return <Render nodes={node.slots.placeholder} />
  const template = node.slots.renderer ?? []
  return keys.map((key, index) => <Item key={key} template={template} list={list} index={index} name={key} />)
}

interface ItemProps {
  template: readonly Node[]
  list: Ref | undefined
  index: number
  name: string
}

const Item = memo(function Item({ template, list, index, name }: ItemProps) {
  const app = useApp()
  const within = useContext(FragmentContext)
  const fragment = within?.fragment
  const nodes = useMemo(() => {
    const item = { list: list ?? NO_LIST, index, key: name }
    const instance = instantiate(template, item, (uid) => app.graph.definition(uid))
    app.graph.instantiate(instance)
    return instance.nodes
  }, [app, template, list, index, name, fragment])
  return <Render nodes={nodes} />
})

const NO_LIST: Ref = { variable: '', path: [] }

/** The keys of the items, in order; while there is no list, a text: why there is none, if that is known. */
function useKeys(list: Ref | undefined, items: Json, accessor: string | null): readonly string[] | string {
  const app = useApp()
  const source = useMemo(() => (list ? app.graph.source(list) : null), [app, list])
  const last = useRef<{ items: Json; accessor: string | null; keys: readonly string[] }>(null)
  const get = () => {
    if (source && !source.isReady) return source.error ?? ''
    const present = source ? source.get() : items
    const before = last.current
    if (before && before.items === present && before.accessor === accessor) return before.keys
    const made = keysOf(present, accessor)
    const isSame = before?.keys.length === made.length && made.every((key, i) => key === before.keys[i])
    const keys = before && isSame ? before.keys : made
    last.current = { items: present, accessor, keys }
    return keys
  }
  return useSyncExternalStore(source?.subscribe ?? NEVER, get)
}

const NEVER = () => () => {}

/** One for each item; of two that are equal the second is told from the first by its place. */
function keysOf(items: Json, accessor: string | null): string[] {
  if (!Array.isArray(items)) return []
  if (accessor === null || accessor === '') return items.map((_, index) => String(index))
  const path = accessor.split('.')
  const seen = new Set<string>()
  return items.map((item, index) => {
    let key = nameOf(at(item, path))
    while (seen.has(key)) key += `#${index}`
    seen.add(key)
    return key
  })
}

function nameOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
