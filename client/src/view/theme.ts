/** The theme for Mantine: a pine green on warm neutrals. Colours that are needed before React runs are in `theme.css`. */

import { createTheme, type MantineColorsTuple } from '@mantine/core'

const pine: MantineColorsTuple = [
  '#edf7f4',
  '#d7ece6',
  '#afd9ce',
  '#83c5b5',
  '#58b19d',
  '#359a85',
  '#1f7f6c',
  '#176859',
  '#125448',
  '#0c3e35',
]

const gray: MantineColorsTuple = [
  '#faf9f7',
  '#f4f2ee',
  '#ebe8e2',
  '#dedad2',
  '#cbc6bc',
  '#a29c91',
  '#767066',
  '#5f5a51',
  '#45413b',
  '#292723',
]

const dark: MantineColorsTuple = [
  '#e6e5e1',
  '#c6c4bf',
  '#a6a49e',
  '#8b8983',
  '#3d4043',
  '#2f3235',
  '#232629',
  '#17191b',
  '#121415',
  '#0c0d0e',
]

const FONT =
  'system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** Darker than Mantine's, so that white text on it is readable. */
const red: MantineColorsTuple = [
  '#fdf2f1',
  '#fae0de',
  '#f4bfbb',
  '#ec9892',
  '#e4756d',
  '#d9574f',
  '#c8423b',
  '#b53832',
  '#932e29',
  '#70231f',
]

export const theme = createTheme({
  colors: { pine, gray, dark, red },
  fontSizes: { sm: '0.9375rem' },
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  fontFamily: FONT,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace',
  headings: { fontFamily: FONT, fontWeight: '650', textWrap: 'balance' },
  radius: { xs: '4px', sm: '6px', md: '9px', lg: '14px', xl: '22px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
})
