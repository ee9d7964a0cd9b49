import '@mantine/core/styles/Button.css'
import { type ButtonProps, Button as MantineButton } from '@mantine/core'
import { useContext } from 'react'
import type { Node } from '../fragments'
import { type FormState, FormStateContext } from '../view/form'
import { type ComponentProps, useAction, useFlag, useString, useText } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { ButtonSpinner, pendingAttributes, useFocusAfterLoading, usePending } from './lib/pendingButton'

const STYLINGS: Record<string, ButtonProps> = {
  primary: { variant: 'filled' },
  secondary: { variant: 'default' },
  error: { variant: 'filled', color: 'red' },
  ghost: { variant: 'subtle' },
  plain: { variant: 'transparent' },
}

/** Return the type of a button in a form: one without actions submits it. */
function typeOf({ props, actions }: Node): 'button' | 'submit' | 'reset' {
  const { type } = props
  if (type === 'button' || type === 'submit' || type === 'reset') return type
  return actions.onclick ? 'button' : 'submit'
}

/** Return whether a button of a form has nothing to do: to save or discard. */
function isIdle(type: string, { isUnchanged, readonlyReason }: FormState): boolean {
  return (type !== 'button' && isUnchanged) || (type === 'submit' && readonlyReason !== null)
}

export default function Button({ node }: ComponentProps) {
  const box = useStyle(node)
  const label = useText(node, 'label')
  const styling = useString(node, 'styling')
  const size = useString(node, 'size')
  const isOutline = useFlag(node, 'outline')
  const isDisabled = useFlag(node, 'disabled')
  const isLoading = useFlag(node, 'loading') === true
  const stopsClicks = useFlag(node, 'stop_click_propagation') === true
  const [isRunning, run] = usePending(useAction(node, 'onclick'))
  const form = useContext(FormStateContext)
  const type = form === null ? 'button' : typeOf(node)
  const isPending = isRunning || (type === 'submit' && form?.isPending === true)
  return (
    <MantineButton
      {...box}
      {...(STYLINGS[styling ?? 'primary'] ?? STYLINGS.primary)}
      {...(isOutline && { variant: 'outline' })}
      ref={useFocusAfterLoading(isLoading)}
      className="dara-button"
      size={size ?? 'sm'}
      type={type}
      disabled={isDisabled === true || (form !== null && isIdle(type, form))}
      loading={isLoading}
      {...pendingAttributes(isLoading || isPending)}
      onClick={(event) => {
        // The router follows links at the document.
        if (stopsClicks && !event.currentTarget.closest('a')) event.stopPropagation()
        void run()
      }}
      {...(node.slots.icon && { leftSection: <Render nodes={node.slots.icon} /> })}
    >
      {label ?? ''}
      {isPending && !isLoading && <ButtonSpinner />}
      <Render nodes={node.slots.children} />
    </MantineButton>
  )
}
