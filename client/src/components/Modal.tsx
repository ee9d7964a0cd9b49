import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Overlay.css'
import '@mantine/core/styles/ModalBase.css'
import '@mantine/core/styles/Paper.css'
import '@mantine/core/styles/Modal.css'
import './Modal.css'
import { Modal as MantineModal } from '@mantine/core'
import { type ComponentProps, useAction, useValue, useWords } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function Modal({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const [isShown, setShown] = useValue(node, 'show')
  const title = useWords(node, 'title')
  const onAttempt = useAction(node, 'on_attempt_close')
  const onClosed = useAction(node, 'on_closed')
  const { width, maxWidth, ...inner } = style ?? {}
  return (
    <MantineModal
      centered
      opened={isShown === true}
      onClose={() => (onAttempt ? void onAttempt() : setShown(false))}
      onExitTransitionEnd={() => void onClosed?.()}
      title={title}
      size={(width ?? maxWidth ?? 'md') as string | number}
      className="dara-modal"
      closeButtonProps={{ 'aria-label': 'Close' }}
      overlayProps={{ backgroundOpacity: 0.45 }}
      // The page behind it is held by CSS: what the lock adds to the document is not allowed by the page's policy.
      lockScroll={false}
      transitionProps={{ duration: 140, transition: 'pop' }}
    >
      <div id={id} style={inner} className="dara-stack" data-direction="vertical">
        <Render nodes={node.slots.children} />
      </div>
    </MantineModal>
  )
}
