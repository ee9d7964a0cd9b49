import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Overlay.css'
import '@mantine/core/styles/ModalBase.css'
import '@mantine/core/styles/Paper.css'
import '@mantine/core/styles/Modal.css'
import './Modal.css'
import { Modal as MantineModal } from '@mantine/core'
import { COMPONENT } from '../messages'
import { type ComponentProps, useAction, useText, useValue } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function Modal({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const [isShown, setShown] = useValue(node, 'show')
  const title = useText(node, 'title')
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
      // A `<header>` would be one of the page.
      attributes={{ header: { role: 'presentation' } }}
      closeButtonProps={{ 'aria-label': COMPONENT.close }}
      overlayProps={{ backgroundOpacity: 0.45 }}
      // CSS keeps the page behind it from scrolling: the page's policy forbids the style element that the lock adds.
      lockScroll={false}
      transitionProps={{ duration: 140, transition: 'pop' }}
    >
      <div id={id} style={inner} className="dara-stack" data-direction="vertical">
        <Render nodes={node.slots.children} />
      </div>
    </MantineModal>
  )
}
