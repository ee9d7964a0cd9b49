import './Label.css'
import { useId } from 'react'
import { LabelContext } from '../fields/field'
import { type ComponentProps, useSize, useString, useText } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function Label({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const labelId = useId()
  const text = useText(node, 'value')
  const direction = useString(node, 'direction')
  const width = useSize(node, 'label_width')
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in every direction
    <div
      id={id}
      style={style}
      className={direction === 'horizontal' ? 'dara-label' : 'dara-label dara-labelled'}
      role="group"
      aria-labelledby={labelId}
      data-direction={direction}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard reaches the field itself */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: as for any label, a click goes to the field */}
      <div id={labelId} className="dara-label-text" style={{ width: width ?? undefined }} onClick={focusField}>
        {text ?? <Render nodes={node.slots.value} />}
      </div>
      <LabelContext value={{ id: labelId, text }}>
        <div className="dara-label-content">
          <Render nodes={node.slots.children} />
        </div>
      </LabelContext>
    </div>
  )
}

function focusField({ currentTarget }: { currentTarget: Element }) {
  currentTarget.parentElement?.querySelector<HTMLElement>('input, textarea, button, [tabindex]')?.focus()
}
