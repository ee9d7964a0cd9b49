import '@mantine/core/styles/Button.css'
import { type ButtonProps, Button as MantineButton } from '@mantine/core'
import { Busy, busy, useBusy, useKeptFocus } from '../view/busy'
import { type ComponentProps, useAction, useFlag, useString, useWords } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

const STYLINGS: Record<string, ButtonProps> = {
  primary: { variant: 'filled' },
  secondary: { variant: 'default' },
  error: { variant: 'filled', color: 'red' },
  ghost: { variant: 'subtle' },
  plain: { variant: 'transparent' },
}

export default function Button({ node }: ComponentProps) {
  const box = useStyle(node)
  const label = useWords(node, 'label')
  const styling = useString(node, 'styling')
  const size = useString(node, 'size')
  const isOutline = useFlag(node, 'outline')
  const isDisabled = useFlag(node, 'disabled')
  const isLoading = useFlag(node, 'loading') === true
  const [isBusy, run] = useBusy(useAction(node, 'onclick'))
  return (
    <MantineButton
      {...box}
      {...(STYLINGS[styling ?? 'primary'] ?? STYLINGS.primary)}
      {...(isOutline && { variant: 'outline' })}
      ref={useKeptFocus(isLoading)}
      className="dara-button"
      size={size ?? 'sm'}
      disabled={isDisabled === true}
      loading={isLoading}
      {...busy(isLoading || isBusy)}
      onClick={() => run()}
      {...(node.slots.icon && { leftSection: <Render nodes={node.slots.icon} /> })}
    >
      {label ?? ''}
      {isBusy && !isLoading && <Busy />}
      <Render nodes={node.slots.children} />
    </MantineButton>
  )
}
