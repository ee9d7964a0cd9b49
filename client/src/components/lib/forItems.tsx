/** The items of a For: their keys, and the drawing of one. */

import { memo, useContext, useMemo } from 'react'
import { at } from '../../edits'
import type { Node, Ref } from '../../fragments'
import type { Json } from '../../protocol'
import { instantiate } from '../../variables/items'
import { FragmentContext, useApp } from '../../view/react'
import { Render } from '../../view/render'

interface ItemProps {
  template: readonly Node[]
  list: Ref | undefined
  index: number
  itemKey: string
}

/** One item: the template with the variables of that item. */
export const ForItem = memo(function ForItem({ template, list, index, itemKey }: ItemProps) {
  const app = useApp()
  const fragment = useContext(FragmentContext)?.fragment
  const nodes = useMemo(() => {
    const item = { list: list ?? NO_LIST, index, key: itemKey }
    const instance = instantiate(template, item, (uid) => app.graph.definition(uid))
    app.graph.instantiate(instance)
    return instance.nodes.map(asRow)
  }, [app, template, list, index, itemKey, fragment])
  return <Render nodes={nodes} />
})

/** Mark a row: on a phone, one that needs several lines is told from the next. */
function asRow(node: Node): Node {
  return node.component === 'Stack' ? { ...node, props: { ...node.props, is_item: true } } : node
}

/** The list of a For whose items are written in the tree. */
const NO_LIST: Ref = { variable: '', path: [] }

/** Return a key for each item. A repeated key is made unique by the item's index. */
export function keysOf(items: Json, accessor: string | null): string[] {
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
