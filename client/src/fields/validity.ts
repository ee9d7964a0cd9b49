/** The reason that a field shows because of its limits, or because the server has refused its form. */

import { useContext, useLayoutEffect, useState } from 'react'
import { equal } from '../edits'
import type { Node } from '../fragments'
import type { Json } from '../protocol'
import { FormContext, FormStateContext, isBox, isOfForm, nameInForm } from '../view/form'
import { useApp } from '../view/react'
import { brokenLimit, limitsOf } from './limits'

interface Validity {
  /** The reason to show; `null` if there is none, or the user is still entering the value. */
  reason: string | null
  /** True if the reason is kept back until the user has entered the value, in a form. */
  isHeldBack: boolean
  /** Return whether the limits, or the server, refuse a value. */
  refuses: (value: Json) => boolean
  /** The user has entered the value: the field is left, or a choice is made. `isShown`: show what is wrong with it. */
  enter: (isShown?: boolean) => void
}

/** Limits are shown when the field was left once, or the form was tried; then with each change. */
export function useValidity(node: Node, value: Json): Validity {
  const { pointer } = useApp()
  const [entered, setEntered] = useState<number | null>(null)
  const form = useContext(FormContext)
  const state = useContext(FormStateContext)
  const entryOf = (of: Json) => (isBox(node) ? of === true : of)
  const brokenBy = (value: Json) => brokenLimit(entryOf(value), limitsOf(node))
  const broken = brokenBy(value)
  const name = form && nameInForm(node, form.value)
  useLayoutEffect(() => {
    if (!form || name === null) return
    const { drawn } = form
    drawn.set([...drawn.get(), name])
    if (isBox(node)) form.boxes.set(name, node)
    return () => {
      const left = [...drawn.get()]
      left.splice(left.indexOf(name), 1)
      drawn.set(left)
    }
  }, [form, name])
  const refusalOf = (value: Json) =>
    state?.refusals.find((each) => each.name === name && equal(entryOf(each.value), entryOf(value)))?.reason ?? null
  const round = state?.round ?? 0
  const isShown = entered === round || state?.isTried === true
  return {
    reason: refusalOf(value) ?? (isShown ? broken : null),
    isHeldBack: broken !== null && !isShown && state !== null,
    refuses: (value) => (refusalOf(value) ?? brokenBy(value)) !== null,
    enter: (isShown = true) => pointer.whenReleased(() => setEntered(isShown ? round : null)),
  }
}

/** Tell the form whether a field of it has an input that is no value: the form is not as it was saved. */
export function useInvalidInForm(node: Node, isInvalid: boolean): void {
  const form = useContext(FormContext)
  const isCounted = isInvalid && isOfForm(node, form)
  useLayoutEffect(() => {
    if (!form || !isCounted) return
    const { invalid } = form
    invalid.set(invalid.get() + 1)
    return () => invalid.set(invalid.get() - 1)
  }, [form, isCounted])
}
