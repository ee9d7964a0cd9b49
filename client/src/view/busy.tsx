/** Buttons whose actions take a while: they say so, and take further presses meanwhile. */

import '@mantine/core/styles/Loader.css'
import './busy.css'
import { Loader } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Json } from '../protocol'

const LOADING_AFTER_MS = 150

/** Whether runs of `action` have been under way for long enough to say so. */
export function useBusy(action: ((input?: Json) => Promise<void>) | null): [boolean, (input?: Json) => Promise<void>] {
  const [isBusy, setBusy] = useState(false)
  const running = useRef(0)
  const run = async (input?: Json) => {
    running.current++
    const timer = setTimeout(() => setBusy(true), LOADING_AFTER_MS)
    await action?.(input)
    clearTimeout(timer)
    if (--running.current === 0) setBusy(false)
  }
  return [isBusy, run]
}

/** The attributes of a button that is busy; it can be pressed all the same. */
export function busy(isBusy: boolean) {
  return isBusy ? { 'aria-busy': true, 'data-busy': true } : {}
}

/** What turns in a button that is busy, in the place of its text. */
export function Busy() {
  return (
    <span className="dara-busy" aria-hidden="true">
      <Loader color="var(--button-color)" size="calc(var(--button-height) / 1.8)" />
    </span>
  )
}

/** Gives the focus back to a button that lost it by being disabled while it loaded. */
export function useKeptFocus(isLoading: boolean) {
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
