/** The draft of a form that saves its value to a variable. */

import { useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { App } from '../../app/app'
import { equal } from '../../edits'
import { changesOf, conflictsOf, followed, membersOf } from '../../fields/draft'
import type { Node } from '../../fragments'
import { never } from '../../observable'
import type { Json } from '../../protocol'
import type { Source } from '../../variables/source'
import { FragmentContext, useApp, useReadonly, useSource } from '../../view/react'

export interface SavedForm {
  isChanged: boolean
  /** True if nothing is saved yet. */
  isNew: boolean
  /** True after the draft was saved, until it is changed. */
  isSaved: boolean
  /** The saved values of members that the user has changed, and that somebody else has saved since. */
  conflicts: readonly (readonly [name: string, saved: Json])[]
  /** The reason why the user may not save; `null` if they may. */
  readonlyReason: string | null
  /** Save the changed members; return why they are not saved: '' if the user has to decide about conflicts first. */
  save: () => Promise<string | null>
  /** Show what is saved in the place of the draft. */
  discard: () => void
  /** Keep the user's values of the members in conflict, to be saved, or take those that are saved. */
  decide: (keepsOwn: boolean) => void
}

/** The saved values with which drafts began, by the place of the draft: a draft stays while other pages are shown. */
const BASES = new WeakMap<App, Map<string, Json>>()

function basesOf(app: App): Map<string, Json> {
  const bases = BASES.get(app) ?? new Map<string, Json>()
  BASES.set(app, bases)
  return bases
}

/**
 * Return the state of the draft of a form; `null` if the form saves nothing.
 *
 * @param whole returns a saved value with the members that are not there yet: what their fields begin with.
 */
export function useSavedForm(node: Node, draft: Source | null, whole: (saved: Json) => Json): SavedForm | null {
  const saved = useSource(node, 'saves')
  const readonlyReason = useReadonly(node, 'saves')
  const app = useApp()
  const bases = basesOf(app)
  const isDropped = useContext(FragmentContext) !== null // with the py_component; the draft of a page stays
  const value = useSyncExternalStore(draft?.subscribe ?? never, () => draft?.get() ?? null)
  const stored = useSyncExternalStore(saved?.subscribe ?? never, () => saved?.get() ?? null)
  const [base, setBase] = useState<Json>(() => (draft && bases.get(draft.place)) ?? null)
  const [disputed, setDisputed] = useState<readonly string[]>([])
  const [wasSaved, setWasSaved] = useState(false)
  const saving = useRef(false)
  const latest = useRef({ value, base })
  latest.current = { value, base }
  /** Begin with what is saved; the members that the user has changed stay. Return whether some are in conflict. */
  const adopt = (stored: Json, isDiscarded = false): boolean => {
    if (!draft) return false
    const next = whole(stored)
    const isFollowing = !isDiscarded && bases.has(draft.place)
    const found = isFollowing ? conflictsOf(draft.get(), latest.current.base, next) : []
    draft.set(isDiscarded ? followed(null, null, next) : followed(draft.get(), latest.current.base, next))
    latest.current.base = next
    bases.set(draft.place, next)
    setBase(next)
    setDisputed((before) => (isDiscarded ? [] : [...new Set([...before, ...found])]))
    return found.length > 0
  }
  useEffect(() => {
    if (saved && !saving.current) adopt(stored)
  }, [saved, stored])
  const changes = changesOf(value, base)
  const isChanged = saved !== null && Object.keys(changes).length > 0
  const { drafts } = app
  useEffect(() => {
    if (!draft) return
    const { place } = draft
    if (isChanged) drafts.add(place)
    else drafts.delete(place)
    if (isDropped) return () => void drafts.delete(place)
  }, [drafts, draft, isChanged, isDropped])
  useEffect(
    () => () => {
      const { value, base } = latest.current
      if (!saved || !draft || Object.keys(changesOf(value, base)).length > 0) return
      // A draft that is unchanged begins anew with what is saved then.
      draft.reset()
      bases.delete(draft.place)
    },
    [saved, draft],
  )
  if (!saved || !draft) return null
  const conflicts = disputed
    .filter((name) => name in changes)
    .map((name) => [name, membersOf(base)[name] ?? null] as const)
  const save = async () => {
    if (adopt(saved.get()) || conflicts.length > 0) return ''
    saving.current = true
    const next = followed(draft.get(), latest.current.base, whole(saved.get()))
    const reason = await written(saved, next, Object.keys(changesOf(next, saved.get())))
    saving.current = false
    if (reason === null) latest.current.base = next
    const isDisputed = adopt(saved.get())
    if (reason === null) setWasSaved(true)
    return reason !== null && isDisputed ? '' : reason
  }
  const decide = (keepsOwn: boolean) => {
    if (!keepsOwn) draft.set({ ...membersOf(draft.get()), ...Object.fromEntries(conflicts) })
    setDisputed([])
  }
  const isSaved = wasSaved && !isChanged
  const isNew = Object.keys(membersOf(stored)).length === 0
  return { isChanged, isNew, isSaved, conflicts, readonlyReason, save, discard: () => adopt(saved.get(), true), decide }
}

/** Set a variable, and wait until it is stored; return the reason if it is refused, also because a member is another. */
function written(target: Source, value: Json, tested: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const end = (reason: string | null) => {
      stop()
      resolve(reason)
      return true
    }
    const stop = target.captureRejections({ rejected: end, acknowledged: () => end(null) })
    const isStored = equal(value, target.get()) || !target.hasHistory // or else the server acknowledges it
    target.set(value, tested)
    if (isStored) end(null)
  })
}
