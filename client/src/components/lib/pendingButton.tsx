/** Buttons whose actions are pending: they look as if they load, but can be pressed again. */

import '@mantine/core/styles/Loader.css'
import './pendingButton.css'
import { Loader } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Json } from '../../protocol'

const PENDING_AFTER_MS = 150

/** Return whether a run of `action` has been pending for a while, and a function that runs it. */
export function usePending(
  action: ((input?: Json) => Promise<void>) | null,
): [boolean, (input?: Json) => Promise<void>] {
  const [isPending, setPending] = useState(false)
  const running = useRef(0)
  const run = async (input?: Json) => {
    running.current++
    const timer = setTimeout(() => setPending(true), PENDING_AFTER_MS)
    await action?.(input)
    clearTimeout(timer)
    if (--running.current === 0) setPending(false)
  }
  return [isPending, run]
}

/** Return the attributes of a pending button. */
export function pendingAttributes(isPending: boolean) {
  return isPending ? { 'aria-busy': true, 'data-busy': true } : {}
}

/** The spinner in the place of a pending button's text. */
export function ButtonSpinner() {
  return (
    <span className="dara-busy" aria-hidden="true">
      <Loader color="var(--button-color)" size="calc(var(--button-height) / 1.8)" />
    </span>
  )
}

/** Return a ref for a button that gets its focus back after it was disabled while loading. */
export function useFocusAfterLoading(isLoading: boolean) {
  const button = useRef<HTMLButtonElement>(null)
  const hadFocus = useRef(false)
  if (isLoading && document.activeElement === button.current) hadFocus.current = true
  useEffect(() => {
    if (isLoading || !hadFocus.current) return
    hadFocus.current = false
    if (document.activeElement === document.body) button.current?.focus()
  }, [isLoading])
  return button
}
