import '@mantine/core/styles/Accordion.css'
import './Accordion.css'
import { Accordion as MantineAccordion } from '@mantine/core'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { type ComponentProps, useFlag, useProp, useValue } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { textOf } from '../view/values'
import { Badge } from './lib/badge'

export default function Accordion({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const isMulti = useFlag(node, 'multi') !== false
  const initial = useProp(node, 'initial')
  const [value, set] = useValue(node, 'value')
  const isUnset = value === null && !('value' in node.variables)
  const open = [...new Set(indexesOf(isUnset ? initial : value).map(String))]
  const common = { id, style, className: 'dara-accordion', variant: 'default', order: 3 } as const
  const items = node.slots.items?.map((item, index) => <Item key={item.id} item={item} index={index} />)
  if (isMulti) {
    return (
      <MantineAccordion
        {...common}
        multiple
        value={open}
        onChange={(keys) => set(keys.map(Number).sort((a, b) => a - b))}
      >
        {items}
      </MantineAccordion>
    )
  }
  return (
    <MantineAccordion {...common} value={open[0] ?? null} onChange={(key) => set(key === null ? [] : Number(key))}>
      {items}
    </MantineAccordion>
  )
}

function Item({ item, index }: { item: Node; index: number }) {
  const box = useStyle(item)
  const label = useProp(item, 'label')
  const badge = item.props.badge as { label: string; color: string | null } | undefined
  return (
    <MantineAccordion.Item {...box} value={String(index)}>
      <MantineAccordion.Control>
        <span className="dara-accordion-label">
          {label === null ? <Render nodes={item.slots.label} /> : textOf(label)}
          {badge && <Badge label={textOf(badge.label)} color={badge.color} />}
        </span>
      </MantineAccordion.Control>
      <MantineAccordion.Panel>
        <Render nodes={item.slots.content} />
      </MantineAccordion.Panel>
    </MantineAccordion.Item>
  )
}

/** Return the indexes of the open items: the value is one index or a list. */
function indexesOf(value: Json): number[] {
  if (typeof value === 'number') return [value]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : []
}
