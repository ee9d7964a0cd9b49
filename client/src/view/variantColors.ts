/** The colours of buttons by variant, in the place of Mantine's own function: readable on any accent, and shorter. */

import type { VariantColorsResolver } from '@mantine/core'

/** Return the colours of a variant in a colour of the theme, the accent if not given. */
export const defaultVariantColorsResolver: VariantColorsResolver = ({ color, variant, theme }) => {
  const isAccent = !color || color === theme.primaryColor
  const name = `--mantine-color-${color || theme.primaryColor}`
  const text = isAccent ? 'var(--dara-primary)' : `var(${name}-text)`
  const tint = `color-mix(in srgb, ${text} 10%, transparent)`
  const line = (edge: string) => `1px solid ${edge}`
  switch (variant) {
    case 'filled':
      return {
        background: `var(${name}-filled)`,
        hover: `var(${name}-filled-hover)`,
        color: isAccent ? 'var(--dara-on-fill)' : '#fff',
        border: line('transparent'),
      }
    case 'default':
      return {
        background: 'var(--mantine-color-default)',
        hover: 'var(--mantine-color-default-hover)',
        color: 'var(--mantine-color-default-color)',
        border: line('var(--dara-edge)'),
      }
    case 'transparent':
      return {
        background: 'transparent',
        hover: 'var(--dara-hover)',
        color: 'var(--mantine-color-text)',
        border: line('transparent'),
      }
    default: // 'outline', 'subtle'
      return {
        background: 'transparent',
        hover: tint,
        color: text,
        border: line(variant === 'outline' ? text : 'transparent'),
      }
  }
}
