/** A part of a page with a theme of its own. */

import './ThemeProvider.css'
import {
  type MantineColorSchemeManager,
  MantineProvider,
  useComputedColorScheme,
  useMantineContext,
} from '@mantine/core'
import { type CSSProperties, useMemo, useState } from 'react'
import { type ComponentProps, useProp } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { theme } from '../view/theme'

type Scheme = 'light' | 'dark'

export default function ThemeProvider({ node }: ComponentProps) {
  const { style, id } = useStyle(node)
  const [root, setRoot] = useState<HTMLElement | null>(null)
  const { getStyleNonce } = useMantineContext()
  const outer = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const chosen = useProp(node, 'theme')
  const scheme: Scheme = chosen === 'light' || chosen === 'dark' ? chosen : outer
  const colors = (node.props.colors as Record<Scheme, CSSProperties> | undefined)?.[scheme]
  // Mantine sets the scheme of the manager before that which is forced.
  const manager = useMemo(() => fixed(scheme), [scheme])
  const { font_scale: size, painted } = node.props
  return (
    <div
      ref={setRoot}
      id={id}
      className="dara-stack dara-themed"
      style={{ ...colors, ...(typeof size === 'string' && { fontSize: size }), ...style }}
      data-mantine-color-scheme={scheme}
      data-direction="vertical"
      data-painted={painted || undefined}
    >
      {root && (
        <MantineProvider
          theme={theme}
          forceColorScheme={scheme}
          colorSchemeManager={manager}
          getRootElement={() => root}
          // Without specificity: the rules of the app's own stylesheets come first, as on the rest of the page.
          cssVariablesSelector=":where(.dara-themed)"
          withGlobalClasses={false}
          getStyleNonce={getStyleNonce as () => string}
        >
          <Render nodes={node.slots.children} />
        </MantineProvider>
      )}
    </div>
  )
}

function fixed(scheme: Scheme): MantineColorSchemeManager {
  return { get: () => scheme, set: () => {}, subscribe: () => {}, unsubscribe: () => {}, clear: () => {} }
}
