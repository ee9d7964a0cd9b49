import '@mantine/core/styles/Tooltip.css'
import './Tooltip.css'
import { Tooltip as MantineTooltip } from '@mantine/core'
import { useEffect, useId, useRef } from 'react'
import { type ComponentProps, useString, useText } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

const SIDES = ['top', 'bottom', 'left', 'right'] as const
const FOCUSABLE = 'a[href], button, input, textarea, select, [tabindex]'

export default function Tooltip({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const content = useText(node, 'content')
  const placement = useString(node, 'placement')
  const styling = useString(node, 'styling')
  const descriptionId = useId()
  const target = useRef<HTMLDivElement>(null)
  const label = content === null ? <Render nodes={node.slots.content} /> : content
  useEffect(() => {
    if (target.current) describe(target.current, descriptionId)
  })
  return (
    <>
      <MantineTooltip
        multiline
        maw={320}
        classNames={{ tooltip: 'dara-tooltip' }}
        label={label}
        position={SIDES.find((side) => side === placement) ?? 'top'}
        events={{ hover: true, focus: true, touch: true }}
        {...(styling === 'error' && { color: 'red' })}
      >
        <div ref={target} id={id} style={style} className="dara-tooltip-target">
          <Render nodes={node.slots.children} />
        </div>
      </MantineTooltip>
      <span id={descriptionId} hidden>
        {label}
      </span>
    </>
  )
}

/** Describe an element by the tooltip for screen readers, and make it focusable if nothing in it is. */
function describe(target: HTMLElement, descriptionId: string): void {
  const focusable = target.querySelector(FOCUSABLE)
  if (!focusable) target.tabIndex = 0
  const element = focusable ?? target
  const before = element.getAttribute('aria-describedby')?.split(' ') ?? []
  if (!before.includes(descriptionId)) element.setAttribute('aria-describedby', [...before, descriptionId].join(' '))
}
