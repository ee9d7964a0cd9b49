import '@mantine/core/styles/Button.css'
import './Form.css'
import { Button } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Busy, busy, useBusy } from '../view/busy'
import { FormContext } from '../view/form'
import { type ComponentProps, useAction, useApp } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

/** Its fields edit the form's value at once; submitting hands the whole of it to `onsubmit`. */
export default function Form({ node }: ComponentProps) {
  const app = useApp()
  const box = useStyle(node)
  const value = node.variables.value ?? null
  const children = node.slots.children ?? []
  const pages = children.filter(({ component }) => component === 'FormPage')
  const [page, turnTo] = useState(0)
  const shown = Math.min(page, Math.max(pages.length - 1, 0))
  const isLast = shown >= pages.length - 1
  const action = useAction(node, 'onsubmit')
  const [isBusy, submit] = useBusy(action)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    // What a field shows and could not store would not be in what is sent.
    const wrong = event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')
    if (wrong) wrong.focus()
    else if (!isLast) turnTo(shown + 1)
    else if (value) void submit(app.graph.source(value).get())
  }
  return (
    <form
      {...box}
      className="dara-stack dara-form"
      data-direction="vertical"
      data-aligned={box.style?.alignItems !== undefined || undefined}
      noValidate
      onSubmit={onSubmit}
    >
      <FormContext value={value}>
        <Render key={shown} nodes={pages.length > 0 ? pages.slice(shown, shown + 1) : children} />
      </FormContext>
      {(action || pages.length > 1) && (
        <div className="dara-form-buttons">
          {shown > 0 && (
            <Button variant="default" onClick={() => turnTo(shown - 1)}>
              Back
            </Button>
          )}
          {(action || !isLast) && (
            // One and the same, so that who presses it again has turned the page, and not sent the form.
            <Button key={isLast ? 'submit' : 'next'} type="submit" {...busy(isBusy)}>
              {isLast ? 'Submit' : 'Next'}
              {isBusy && <Busy />}
            </Button>
          )}
          {pages.length > 1 && (
            <span className="dara-form-place" role="status">
              {`${shown + 1} of ${pages.length}`}
            </span>
          )}
        </div>
      )}
    </form>
  )
}
