/** The colour scheme of the page: chosen by the user and kept in the browser, or held by a variable of the app. */

import { localStorageColorSchemeManager, type MantineColorSchemeManager } from '@mantine/core'
import type { App } from '../app/app'
import type { Theme } from '../fragments'
import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'

const THEMES: readonly Json[] = ['light', 'dark', 'auto'] satisfies Theme[]

export function schemeManager(app: App): MantineColorSchemeManager {
  const { theme, theme_variable: variable } = app.page
  if (!variable) return localStorageColorSchemeManager()
  const source = app.graph.source(variable)
  const get = (): Theme => {
    const value = source.get()
    return THEMES.includes(value) ? (value as Theme) : theme
  }
  let unsubscribe: Unsubscribe = () => {}
  return {
    get,
    set: () => {},
    subscribe: (onUpdate) => {
      unsubscribe = source.subscribe(() => onUpdate(get()))
    },
    unsubscribe: () => unsubscribe(),
    clear: () => {},
  }
}
