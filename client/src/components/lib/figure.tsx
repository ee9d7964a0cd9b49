/** The common part of the components of charts: their box, their size, and their events. */

import './figure.css'
import { useMantineContext } from '@mantine/core'
import { type ReactNode, type RefObject, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { Node } from '../../fragments'
import type { Json } from '../../protocol'
import { useAction, useText } from '../../view/react'
import { useStyle } from '../../view/style'
import { inLooks, looksOf } from './figureTheme'

/** A figure as JSON. */
export type FigureJson = Record<string, Json>

/** Return whether a value is the JSON of a figure, rather than another value of a variable. */
export function isFigure(value: Json): value is FigureJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The box of a chart. `minHeight`: that of the figure itself, in pixels. */
export function FigureBox(props: { node: Node; minHeight?: number | undefined; isBusy: boolean; children: ReactNode }) {
  const { node, minHeight, isBusy, children } = props
  const { id, style } = useStyle(node)
  const alt = useText(node, 'alt')
  return (
    <figure
      id={id}
      className="dara-figure"
      style={{ ...(minHeight !== undefined && { minHeight }), ...style }}
      aria-label={alt ?? undefined}
      aria-busy={isBusy}
    >
      {children}
    </figure>
  )
}

/** Call `onResize` after the size of an element has changed. */
export function useResize(element: RefObject<HTMLElement | null>, onResize: () => void): void {
  useEffect(() => {
    const { current } = element
    if (!current) return
    let width = current.clientWidth
    let height = current.clientHeight
    const observer = new ResizeObserver(() => {
      if (current.clientWidth === width && current.clientHeight === height) return
      width = current.clientWidth
      height = current.clientHeight
      if (width > 0 && height > 0) onResize()
    })
    observer.observe(current)
    return () => observer.disconnect()
  }, [element, onResize])
}

/** Return the theme of a figure in the present looks of its part of the page. */
export function useTheme(node: Node): Json {
  const root = useMantineContext().getRootElement() as HTMLElement
  const subscribe = useCallback(
    (listener: () => void) => {
      const observer = new MutationObserver(listener)
      observer.observe(root, { attributeFilter: ['data-mantine-color-scheme'] })
      return () => observer.disconnect()
    },
    [root],
  )
  const scheme = useSyncExternalStore(subscribe, () => root.dataset.mantineColorScheme) === 'dark' ? 'dark' : 'light'
  const theme = (node.props.theme as Record<string, Json>)[scheme] as Json
  return useMemo(() => inLooks(theme, looksOf(scheme, root)), [theme, scheme, root])
}

/** Return the names of the events of a component that have actions. */
export function eventsOf(node: Node): string[] {
  return Object.keys(node.actions).flatMap((name) => (name.startsWith('events:') ? [name.slice('events:'.length)] : []))
}

/**
 * Return a function that runs the actions of an event; `null` without any. Of an event that comes again and again while
 * its actions run, such as that of a pointer, only the latest is kept: `isContinuous`.
 */
export function useEvent(node: Node, name: string, isContinuous: boolean): ((input: Json) => void) | null {
  const run = useAction(node, `events:${name}`)
  const [latest] = useState(() => new Latest())
  return useMemo(() => {
    if (!run) return null
    return isContinuous ? (input) => latest.run(() => run(input)) : (input) => void run(input)
  }, [run, isContinuous, latest])
}

/** A runner of one task at a time; of those that come meanwhile it runs the last. */
class Latest {
  #next: (() => Promise<void>) | null = null
  #isRunning = false

  async run(task: () => Promise<void>): Promise<void> {
    this.#next = task
    if (this.#isRunning) return
    this.#isRunning = true
    while (this.#next) {
      const next = this.#next
      this.#next = null
      await next()
    }
    this.#isRunning = false
  }
}
