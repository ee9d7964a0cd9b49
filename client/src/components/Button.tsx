import '@mantine/core/styles/Loader.css'
import '@mantine/core/styles/Button.css'
import { type ButtonProps, Button as MantineButton } from '@mantine/core'
import { useBusy, useKeptFocus } from '../busy'
import { type ComponentProps, useAction, useProp } from '../react'
import { Render } from '../render'
import { useStyle } from '../style'

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
  const [isBusy, run] = useBusy(useAction(node, 'onclick'))
  const loading = isLoading === true || isBusy
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
      onClick={() => run()}
      {...(node.slots.icon && { leftSection: <Render nodes={node.slots.icon} /> })}
    >
      {label ?? ''}
      <Render nodes={node.slots.children} />
    </MantineButton>
  )
}
