import '@mantine/core/styles/Button.css'
import './Form.css'
import { Button } from '@mantine/core'
import { type FormEvent, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'
import { inWords } from '../app/notices'
import { refusalsIn } from '../fields/draft'
import { completed, untouchedIn } from '../fields/untouched'
import type { Node } from '../fragments'
import { FORM } from '../messages/form'
import { never, Observable } from '../observable'
import type { Json, JsonObject } from '../protocol'
import type { Source } from '../variables/source'
import { type EnclosingForm, FormContext, FormStateContext, labelsIn, type Refusal } from '../view/form'
import { Conflicts } from '../view/later'
import { type ComponentProps, useAction, useRefSource, useString } from '../view/react'
import { Render } from '../view/render'
import { alignedOf, useStyle } from '../view/style'
import { ButtonSpinner, pendingAttributes, usePending } from './lib/pendingButton'
import { useSavedForm } from './lib/savedForm'
import { SavedState } from './lib/savedState'

const ERRORS = '[aria-invalid="true"], .mantine-InputWrapper-error'
const FIELD = '.dara-field, .dara-switch, .dara-checkbox'

/** A form. Its fields edit the form's value at once; submitting passes the whole value to `onsubmit`. */
export default function Form({ node }: ComponentProps) {
  const box = useStyle(node)
  const ref = node.variables.value ?? null
  const saves = node.variables.saves ?? null
  const source = useRefSource(ref ?? undefined)
  const element = useRef<HTMLFormElement>(null)
  const form = useMemo<EnclosingForm | null>(
    () =>
      ref && {
        value: ref,
        saves,
        limits: (node.props.limits ?? {}) as EnclosingForm['limits'],
        drawn: new Observable([]),
        boxes: new Map(),
        invalid: new Observable(0),
      },
    [ref, saves, node.props.limits],
  )
  const children = node.slots.children ?? []
  const pages = children.filter(({ component }) => component === 'FormPage')
  const [page, setPage] = useState(0)
  const shown = Math.min(page, Math.max(pages.length - 1, 0))
  const isLast = shown >= pages.length - 1
  const [isTried, setTried] = useState(false)
  const [round, setRound] = useState(0)
  const [refusals, setRefusals] = useState<Refusal[]>([])
  const begins = useMemo(
    () => (ref ? untouchedIn(children, ref, (node.props.defaults ?? {}) as JsonObject) : []),
    [children, ref, node.props.defaults],
  )
  const whole = (value: Json): Json => {
    const drawn = form ? untouchedIn([...form.boxes.values()], form.value, {}) : []
    return completed(value, [...begins, ...drawn])
  }
  const saved = useSavedForm(node, source, whole)
  const refuse = (reasons: string, submitted: Json) => {
    const found = refusalsIn(reasons, submitted)
    const names = new Set(found.map(({ name }) => name))
    const at = pages.findIndex((each) => ref && labelsIn([each], ref).some(([name]) => names.has(name)))
    flushSync(() => {
      setRefusals(found)
      setTried(true)
      if (at >= 0) setPage(at)
    })
    focusFirstError(element.current)
  }
  const beginAnew = () => {
    setTried(false)
    setRefusals([])
    setRound((before) => before + 1)
  }
  const conflicts = useRef<HTMLDivElement>(null)
  const submitted = useRef<Json>(null)
  const isRefused = useRef(false)
  const action = useAction(node, 'onsubmit', (reasons) => {
    isRefused.current = true
    refuse(reasons, submitted.current)
  })
  const isSubmitting = useRef(false)
  const [isPending, submit] = usePending(async () => {
    // A draft is saved once at a time; other values are passed one after the other.
    if (!source || (saved && isSubmitting.current)) return
    isSubmitting.current = true
    await submitOnce(source).finally(() => {
      isSubmitting.current = false
    })
  })
  const submitOnce = async (source: Source) => {
    submitted.current = whole(source.get())
    isRefused.current = false
    const reasons = (await saved?.save()) ?? null
    if (reasons === '') return conflicts.current?.focus()
    if (reasons !== null) return refuse(reasons, submitted.current)
    await action?.(submitted.current)
    if (!isRefused.current) beginAnew()
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    flushSync(() => setTried(true))
    if (focusFirstError(element.current)) return
    if (isLast) return void submit()
    setTried(false)
    setPage(shown + 1)
  }
  const onReset = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    beginAnew()
    if (saved) saved.discard()
    else if (source && !source.hasHistory) source.reset()
  }
  const hasInvalid = useSyncExternalStore(form?.invalid.subscribe ?? never, () => (form?.invalid.get() ?? 0) > 0)
  const isChanged = saved !== null && (saved.isChanged || hasInvalid)
  const isUnchanged = saved !== null && !isChanged && !saved.isNew
  const readonlyReason = saved?.readonlyReason ?? null
  const state = useMemo(
    () => ({ isTried, round, refusals, isUnchanged, readonlyReason, isPending }),
    [isTried, round, refusals, isUnchanged, readonlyReason, isPending],
  )
  const labels = useMemo(() => new Map(ref ? labelsIn(children, ref) : []), [children, ref])
  const label = useString(node, 'submit_label')
  const isDrawn = node.props.has_button !== true
  const hasSubmit = !isLast || (isDrawn && (action !== null || saved !== null))
  return (
    <form
      {...box}
      {...alignedOf(box)}
      ref={element}
      className="dara-stack dara-form"
      data-direction="vertical"
      noValidate
      onSubmit={onSubmit}
      onReset={onReset}
    >
      <FormContext value={form}>
        <FormStateContext value={state}>
          <Render key={shown} nodes={pages.length > 0 ? pages.slice(shown, shown + 1) : children} />
        </FormStateContext>
      </FormContext>
      <OtherRefusals refusals={refusals} form={form} nodes={children} labels={labels} />
      {saved && saved.conflicts.length > 0 && (
        <Conflicts conflicts={saved.conflicts} labels={labels} onDecide={saved.decide} ref={conflicts} />
      )}
      {(hasSubmit || pages.length > 1 || saved) && (
        <div className="dara-form-buttons">
          {shown > 0 && (
            <Button variant="default" onClick={() => setPage(shown - 1)}>
              {FORM.back}
            </Button>
          )}
          {hasSubmit && (
            // Two elements, not one with two labels: a second press of Enter on "Next" must not submit the form.
            <Button
              key={isLast ? 'submit' : 'next'}
              type="submit"
              disabled={isLast && (isUnchanged || readonlyReason !== null)}
              {...pendingAttributes(isPending)}
            >
              {isLast ? (label ?? FORM.submit) : FORM.next}
              {isPending && <ButtonSpinner />}
            </Button>
          )}
          {saved && <SavedState saved={saved} isChanged={isChanged} isPending={isPending} hasDiscard={isDrawn} />}
          {pages.length > 1 && (
            <span className="dara-form-place" role="status">
              {FORM.pageOf(shown + 1, pages.length)}
            </span>
          )}
        </div>
      )}
    </form>
  )
}

interface OtherRefusalsProps {
  refusals: readonly Refusal[]
  form: EnclosingForm | null
  nodes: readonly Node[]
  labels: ReadonlyMap<string, string>
}

/** The reasons that no field shows: of the whole value, and of fields that are not drawn. */
function OtherRefusals({ refusals, form, nodes, labels }: OtherRefusalsProps) {
  const drawn = useSyncExternalStore(form?.drawn.subscribe ?? never, () => form?.drawn.get() ?? NONE)
  const sure = useMemo(() => new Map(form ? labelsIn(nodes, form.value, true) : []), [nodes, form])
  const others = refusals.filter(({ name }) => !sure.has(name) && !drawn.includes(name))
  if (others.length === 0) return null
  return (
    <div className="dara-form-errors" role="alert">
      {others.map(({ name, reason }) => {
        const told = `${labels.get(name) ?? `/${name}`}: ${reason}`
        return <p key={name}>{name ? inWords(told) : reason}</p>
      })}
    </div>
  )
}

const NONE: readonly string[] = []

/** Focus the first field that shows an error; return whether there is one. */
function focusFirstError(form: HTMLFormElement | null): boolean {
  const error = form?.querySelector<HTMLElement>(ERRORS)
  if (!error) return false
  const field = error.matches('input, textarea')
    ? error
    : error.closest(FIELD)?.querySelector<HTMLElement>('input, textarea, button')
  field?.focus()
  field?.scrollIntoView({ block: 'nearest' }) // also if it has the focus already
  return true
}
