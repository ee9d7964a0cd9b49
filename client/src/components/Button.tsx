import '@mantine/core/styles/Loader.css'
import '@mantine/core/styles/Button.css'
import { type ButtonProps, Button as MantineButton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { type ComponentProps, useAction, useProp } from '../react'
import { Render } from '../render'
import { useStyle } from '../style'

const LOADING_AFTER_MS = 150

const STYLINGS: Record<string, ButtonProps> = {
  primary: { variant: 'filled' },
  secondary: { variant: 'default' },
  error: { variant: 'filled', color: 'red' },
  ghost: { variant: 'subtle' },
  plain: { variant: 'transparent' },
}

export default function Button({ node }: ComponentProps) {
  const box = useStyle(node)
  const label = useProp<string | number>(node, 'label')
  const styling = useProp<string>(node, 'styling')
  const size = useProp<string>(node, 'size')
  const isOutline = useProp<boolean>(node, 'outline')
  const isDisabled = useProp<boolean>(node, 'disabled')
  const isLoading = useProp<boolean>(node, 'loading')
  const [isSlow, run] = useSlow(useAction(node, 'onclick'))
  const loading = isLoading === true || isSlow
  return (
    <MantineButton
      {...box}
      {...(STYLINGS[styling ?? 'primary'] ?? STYLINGS.primary)}
      {...(isOutline && { variant: 'outline' })}
      ref={useKeptFocus(loading)}
      className="dara-button"
      size={size ?? 'sm'}
      disabled={isDisabled === true}
      loading={loading}
      aria-busy={loading || undefined}
      onClick={run}
      {...(node.slots.icon && { leftSection: <Render nodes={node.slots.icon} /> })}
    >
      {label ?? ''}
      <Render nodes={node.slots.children} />
    </MantineButton>
  )
}

/** Whether runs of `action` have been under way for long enough to say so. */
function useSlow(action: (() => Promise<void>) | null): [boolean, () => void] {
  const [isSlow, setSlow] = useState(false)
  const running = useRef(0)
  const run = async () => {
    running.current++
    const timer = setTimeout(() => setSlow(true), LOADING_AFTER_MS)
    await action?.()
    clearTimeout(timer)
    if (--running.current === 0) setSlow(false)
  }
  return [isSlow, run]
}

/** Gives the focus back to a button that lost it by being disabled while it loaded. */
function useKeptFocus(isLoading: boolean) {
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
