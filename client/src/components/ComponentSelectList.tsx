import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Checkbox.css'
import '@mantine/core/styles/Radio.css'
import './ComponentSelectList.css'
import { Checkbox, Radio } from '@mantine/core'
import { type CSSProperties, type MouseEvent, useContext, useId } from 'react'
import { LabelContext } from '../fields/field'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { type ComponentProps, useAction, useFlag, useNumber, useReadonly, useText, useValue } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { textOf } from '../view/values'

/** A selector of elements with clicks of their own, which do not choose the card around them. */
const CLICKABLE = 'a, button, input, label, select, textarea, summary, [role], [contenteditable]'

export default function ComponentSelectList({ node }: ComponentProps) {
  const { style, ...box } = useStyle(node)
  const isMulti = useFlag(node, 'multi_select') === true
  const perRow = useNumber(node, 'items_per_row') ?? 3
  const [value, set] = useValue(node, 'selected_items', isMulti ? 'set' : 'replace')
  const reason = useReadonly(node, 'selected_items')
  const onSelect = useAction(node, 'on_select')
  const enclosing = useContext(LabelContext)
  const name = useId()
  const cards = node.slots.items ?? []
  const chosen = titlesOf(value)
  const choose = (title: string) => {
    const next = isMulti ? toggled(chosen, title, cards.map(titleOf)) : title
    if (next === value) return
    set(next)
    void onSelect?.(next)
  }
  return (
    <div
      {...box}
      role={isMulti ? 'group' : 'radiogroup'}
      {...(enclosing &&
        (enclosing.text === null ? { 'aria-labelledby': enclosing.id } : { 'aria-label': enclosing.text }))}
      className="dara-cards"
      style={{ '--dara-per-row': perRow, ...style } as CSSProperties}
      title={reason ?? undefined}
      data-locked={reason !== null || undefined}
    >
      {cards.map((card) => (
        <SelectableCard
          key={card.id}
          card={card}
          group={name}
          isMulti={isMulti}
          isChosen={chosen.includes(titleOf(card))}
          onChoose={reason === null ? choose : null}
        />
      ))}
    </div>
  )
}

interface CardProps {
  card: Node
  group: string
  isMulti: boolean
  isChosen: boolean
  /** `null` if the user may not choose. */
  onChoose: ((title: string) => void) | null
}

function SelectableCard({ card, group, isMulti, isChosen, onChoose }: CardProps) {
  const box = useStyle(card)
  const subtitle = useText(card, 'subtitle')
  const subtitleId = useId()
  const title = titleOf(card)
  const Control = isMulti ? Checkbox : Radio
  const click = ({ target, currentTarget }: MouseEvent) => {
    const clickable = (target as Element).closest(CLICKABLE)
    if (!clickable || !currentTarget.contains(clickable)) onChoose?.(title)
  }
  return (
    // biome-ignore lint/a11y: the control in the card has the role and the keys
    <div {...box} className="dara-card" data-chosen={isChosen || undefined} onClick={click}>
      <div className="dara-card-header">
        <Control
          name={group}
          value={title}
          size="sm"
          labelPosition="left"
          label={<span className="dara-card-title">{title}</span>}
          aria-describedby={subtitle ? subtitleId : undefined}
          checked={isChosen}
          disabled={onChoose === null}
          onChange={() => onChoose?.(title)}
        />
        {subtitle && (
          <p className="dara-card-subtitle" id={subtitleId}>
            {subtitle}
          </p>
        )}
      </div>
      <Render nodes={card.slots.component} />
    </div>
  )
}

function titleOf(card: Node): string {
  return textOf(card.props.title ?? '')
}

/** Return the chosen titles: the value is one or a list. */
function titlesOf(value: Json): string[] {
  const list = Array.isArray(value) ? value : [value]
  return [...new Set(list.filter((each) => typeof each === 'string'))]
}

/** Return the chosen titles without `title`, or with it, in the order of the cards; those of no card are last. */
function toggled(chosen: string[], title: string, order: string[]): string[] {
  const next = new Set(chosen)
  if (!next.delete(title)) next.add(title)
  return [
    ...order.filter((each) => next.has(each)),
    ...chosen.filter((each) => next.has(each) && !order.includes(each)),
  ]
}
