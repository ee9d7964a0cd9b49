/** Documents of bokeh: their models, their themes, and the differences of two documents. */

import { equal } from '../../edits'
import type { Json } from '../../protocol'

type Members = Record<string, Json>

/** A model as JSON, where it is defined. */
interface ModelJson {
  id: string
  name: string
  attributes: Members
}

/** A model of bokeh. */
export interface Model {
  constructor: unknown
  properties: Record<string, unknown>
  setv(values: Record<string, unknown>): void
  [property: string]: unknown
}

export interface BokehDocument {
  all_roots: Model[]
  is_idle: boolean
  idle: { connect(listener: () => void): void }
  views_manager: { get(model: Model): { remove(): void } | null } | null
  get_model_by_id(id: string): Model | null
  on_change(listener: (change: { attr?: string }) => void): void
  remove_on_change(listener: (change: { attr?: string }) => void): void
  clear(): void
}

/** The part of BokehJS that is used here. */
export interface BokehJs {
  Models: { names?(): string[] } & Record<string, unknown>
  embed: { add_document_standalone(document: BokehDocument, element: HTMLElement): Promise<unknown> }
  require(module: 'document'): { Document: { from_json(json: Json): BokehDocument } }
}

declare global {
  var Bokeh: BokehJs
}

/** Models that contain JavaScript, or a template that becomes JavaScript. */
const SCRIPTED = /^(CustomJS|HTMLTemplateFormatter)/

/** Yield the models of a document. */
export function* modelsIn(json: Json): Generator<ModelJson> {
  if (Array.isArray(json)) {
    if (typeof json[0] !== 'number') for (const each of json) yield* modelsIn(each)
  } else if (typeof json === 'object' && json !== null) {
    if (json.type === 'object' && typeof json.id === 'string')
      yield { id: json.id, name: String(json.name), attributes: (json.attributes ?? {}) as Members }
    for (const each of Object.values(json)) yield* modelsIn(each)
  }
}

export function isDocument(json: Json): json is Members {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && Array.isArray(json.roots)
}

/** Return whether a document contains JavaScript. */
export function hasScripts(json: Json): boolean {
  return [...modelsIn(json)].some(({ name }) => SCRIPTED.test(name))
}

/** Return the height that a figure gives itself, in pixels. */
export function heightOf({ roots }: Members): number | undefined {
  const heights = (roots as Members[]).map((root) => (root.attributes as Members | undefined)?.height)
  const numbers = heights.filter((height) => typeof height === 'number')
  return numbers.length > 0 ? Math.max(...numbers) : undefined
}

/** Return the indexes of the scripts besides the first, of: core, webgl, widgets, tables, mathematics. */
export function extraScripts(json: Members): number[] {
  const models = [...modelsIn(json)]
  const known = globalThis.Bokeh.Models
  const hasOthers = models.some(({ name }) => !(name in known))
  const hasWebgl = models.some(({ attributes }) => attributes.output_backend === 'webgl')
  const hasMath = models.some(({ name }) => /^(TeX|MathML|Ascii)$/.test(name)) || JSON.stringify(json).includes('$$')
  return [...(hasWebgl ? [1] : []), ...(hasOthers ? [2, 3] : []), ...(hasMath ? [4] : [])]
}

/** Give the models of a document the properties of a theme, except those that the document sets itself. */
export function applyTheme(document: BokehDocument, json: Json, theme: Json): void {
  const byClass = (theme as { attrs?: Record<string, Members> }).attrs ?? {}
  for (const { id, attributes } of modelsIn(json)) {
    const model = document.get_model_by_id(id)
    if (!model) continue
    const themed = Object.assign({}, ...classesOf(model).map((name) => byClass[name] ?? {})) as Members
    const own = Object.entries(themed).filter(([name]) => name in model.properties && !(name in attributes))
    if (own.length > 0) model.setv(Object.fromEntries(own))
  }
}

/** Return the names of the classes of a model, the most general first. */
function classesOf(model: Model): string[] {
  const names: string[] = []
  for (let each = model.constructor; typeof each === 'function'; each = Object.getPrototypeOf(each))
    names.unshift((each as { __name__?: string }).__name__ ?? '')
  return names
}

/** A property of a model that differs. */
interface Difference {
  id: string
  property: string
}

/** Return the properties in which two documents of one structure differ; `null` if their structures differ. */
export function differences(before: Json, after: Json): Difference[] | null {
  const found: Difference[] = []
  return compare(before, after, null, found) ? found : null
}

/** Add the differences to `found`. `owner`: the property whose value it is. Return whether the structures are equal. */
function compare(before: Json, after: Json, owner: Difference | null, found: Difference[]): boolean {
  if (equal(before, after)) return true
  if (owner && !hasModels(before) && !hasModels(after)) {
    found.push(owner)
    return true
  }
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length && before.every((each, at) => compare(each, after[at] as Json, null, found))
  if (!isMembers(before) || !isMembers(after)) return false
  const names = Object.keys(before)
  if (names.length !== Object.keys(after).length || !names.every((name) => name in after)) return false
  const isModel = before.type === 'object'
  return names.every((name) => {
    const [old, present] = [before[name] as Json, after[name] as Json]
    if (!isModel || name !== 'attributes') return compare(old, present, null, found)
    return compareAttributes(String(before.id), old as Members, present as Members, found)
  })
}

function compareAttributes(id: string, before: Members, after: Members, found: Difference[]): boolean {
  const names = Object.keys(before)
  if (names.length !== Object.keys(after).length || !names.every((name) => name in after)) return false
  return names.every((property) => compare(before[property] as Json, after[property] as Json, { id, property }, found))
}

function hasModels(json: Json): boolean {
  if (Array.isArray(json)) return typeof json[0] !== 'number' && json.some(hasModels)
  return isMembers(json) && ('id' in json || Object.values(json).some(hasModels))
}

function isMembers(json: Json): json is Members {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** Return the sources of data of a document. */
export function sourcesOf(document: BokehDocument, json: Json): { selected: { indices: number[] } }[] {
  const ids = [...modelsIn(json)].flatMap(({ id, name }) => (name === 'ColumnDataSource' ? [id] : []))
  return ids.flatMap((id) => document.get_model_by_id(id) ?? []) as unknown as { selected: { indices: number[] } }[]
}
