import '@mantine/core/styles/Button.css'
import './Form.css'
import { Button } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { COMPONENT } from '../messages'
import { FormContext } from '../view/form'
import { type ComponentProps, useAction, useApp } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'
import { ButtonSpinner, pendingAttributes, usePending } from './lib/pendingButton'

/** A form. Its fields edit the form's value at once; submitting passes the whole value to `onsubmit`. */
export default function Form({ node }: ComponentProps) {
  const app = useApp()
  const box = useStyle(node)
  const value = node.variables.value ?? null
  const children = node.slots.children ?? []
  const pages = children.filter(({ component }) => component === 'FormPage')
  const [page, setPage] = useState(0)
  const shown = Math.min(page, Math.max(pages.length - 1, 0))
  const isLast = shown >= pages.length - 1
  const action = useAction(node, 'onsubmit')
  const [isPending, submit] = usePending(action)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    // A field's invalid input is not in the form's value.
    const invalid = event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')
    if (invalid) invalid.focus()
    else if (!isLast) setPage(shown + 1)
    else if (value) void submit(app.graph.source(value).get())
  }
  return (
    <form
      {...box}
      {...alignedOf(box)}
      className="dara-stack dara-form"
      data-direction="vertical"
      noValidate
      onSubmit={onSubmit}
    >
      <FormContext value={value}>
        <Render key={shown} nodes={pages.length > 0 ? pages.slice(shown, shown + 1) : children} />
      </FormContext>
      {(action || pages.length > 1) && (
        <div className="dara-form-buttons">
          {shown > 0 && (
            <Button variant="default" onClick={() => setPage(shown - 1)}>
              {COMPONENT.back}
            </Button>
          )}
          {(action || !isLast) && (
            // Two elements, not one with two labels: a second press of Enter on "Next" must not submit the form.
            <Button key={isLast ? 'submit' : 'next'} type="submit" {...pendingAttributes(isPending)}>
              {isLast ? COMPONENT.submit : COMPONENT.next}
              {isPending && <ButtonSpinner />}
            </Button>
          )}
          {pages.length > 1 && (
            <span className="dara-form-place" role="status">
              {COMPONENT.pageOf(shown + 1, pages.length)}
            </span>
          )}
        </div>
      )}
    </form>
  )
}
