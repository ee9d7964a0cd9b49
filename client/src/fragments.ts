/** Fragments, which are rendered trees with their variables and stores, and the page data that contains them. */

import type { Json, Keys, Step, User, WrittenBy } from './protocol'

/**
 * A variable, or a nested value of one. In the path, `null` is the item of the nearest For over the list before it, and
 * a variable holds the step.
 */
export interface Ref {
  variable: string
  path: readonly (Step | Ref | null)[]
}

/** A variable, or a fixed value. */
export type Operand = Ref | { value: Json }

/** An action of a component. Only the last two need the server. */
export type Action =
  | { kind: 'update'; target: Ref; value: Json }
  | { kind: 'sync'; target: Ref }
  | { kind: 'toggle'; target: Ref }
  | { kind: 'reset'; target: Ref }
  | { kind: 'undo'; target: Ref }
  | { kind: 'redo'; target: Ref }
  | { kind: 'trigger'; target: Ref; force: boolean }
  | { kind: 'call'; target: string; inputs: Operand[] /** The first action that makes the same call. */; same?: string }

/** The call that renders a py_component. */
export interface RenderCall {
  target: string
  inputs: Ref[]
  polling: Interval
}

/** One component of the page. */
export interface Node {
  component: string
  id: string
  props: Record<string, Json>
  variables: Record<string, Ref>
  actions: Record<string, Action[]>
  slots: Record<string, Node[]>
  render?: RenderCall
  /** The props whose rows the component fetches by itself, as they come into view. */
  tables?: Record<string, Ref>
  /** Made in the tab from the template of a For: the `value` of the template, and the keys of the items around it. */
  instance?: { value: Ref | null; keys: readonly string[] }
}

/** The kind of a variable, and the origin of its value. */
export type Definition =
  | TabDefinition
  | StoreDefinition
  | { kind: 'browser'; default: Json }
  | { kind: 'query'; default: Json; query: string }
  | { kind: 'param'; name: string }
  | DerivedDefinition
  | ConditionDefinition
  | SwitchDefinition
  | { kind: 'state'; of: string; is: 'loading' | 'error' | 'value' }
  | PositionDefinition

/** With `initial` it shows what that does, until somebody sets it. */
export interface TabDefinition {
  kind: 'tab'
  default: Json
  initial?: Ref
}

/** The position of the item `of` a For in its list. */
export interface PositionDefinition {
  kind: 'position'
  of: Ref
  is: 'index' | 'first' | 'last'
}

/** `at` is a room; one that is a variable's value follows it. */
export interface StoreDefinition {
  kind: 'store'
  default: Json
  store: string
  at?: string | Ref
  keys?: Keys
}

/** In seconds, or a variable that holds the seconds; `null` means no polling. */
export type Interval = number | Ref | null

/** `deps` are indexes of inputs, `null` for all; `of` is the slot that has the target. */
export interface DerivedDefinition {
  kind: 'derived'
  target: string
  inputs: Ref[]
  deps: number[] | null
  polling: Interval
  of: string | null
}

/** `&`, `|` and `~` join conditions; `~` and `truthy` have no right side. */
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'truthy' | '&' | '|' | '~'

export interface ConditionDefinition {
  kind: 'condition'
  operator: Operator
  left: Operand
  right: Operand
}

export interface SwitchDefinition {
  kind: 'switch'
  value: Operand
  mapping: Ref | { value: Record<string, Operand> }
  default: Operand
}

/** The positions of a store that this user may read, by room; '' for a store without rooms. */
export interface StoreInfo {
  positions: Record<
    string,
    { epoch: string; version: number; value?: Json; readonly: boolean | null; written?: WrittenBy }
  >
}

/** The result of a render: a level of the page, or the content of a py_component. */
export interface Fragment {
  nodes: Node[]
  variables: Record<string, Definition>
  stores: Record<string, StoreInfo>
}

/** One level of a page. `fallback` is shown while `on_load` runs. */
export interface Level extends Fragment {
  /** Of a page; a layout has neither name nor address. */
  name: string | null
  pattern: string | null
  on_load: Action[]
  fallback: Node[]
}

/** A page that can be gone to. `chain` are the ids of its levels, outermost first. */
export interface RouteInfo {
  id: string
  pattern: string
  name: string
  icon: string | null
  chain: string[]
  inMenu: boolean
  /** The app's template is around it: it has no layout of its own. */
  isFramed: boolean
  caseSensitive: boolean
  /** The width of the page as CSS. */
  width: string
}

export type Theme = 'light' | 'dark' | 'auto'

/** The page data in the HTML. */
export interface Page {
  build: string
  base: string
  title: string
  /** The name beside the logo; may be empty. */
  name: string
  logo: string | null
  theme: Theme
  /** The variable that holds the theme, if the app has one. People cannot choose a theme of their own then. */
  theme_variable: Ref | null
  user: User | null
  /** Each browser is a user of its own, who may have another name after a restart. */
  is_guest: boolean
  can_log_out: boolean
  login: string
  template: 'top' | 'side' | 'blank'
  routes: RouteInfo[]
  /** The path that this HTML is for, below `base`. */
  path: string
  route: string
  levels: Record<string, Level>
}
