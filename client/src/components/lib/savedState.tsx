/** The messages of a form about its draft: whether it is saved, and may be saved. */

import { Button } from '@mantine/core'
import { FORM } from '../../messages/form'
import type { SavedForm } from './savedForm'

interface SavedStateProps {
  saved: SavedForm
  /** The draft is changed, or a field has an input that is no value. */
  isChanged: boolean
  isPending: boolean
  hasDiscard: boolean
}

/** The state of the draft, and a button that discards it. */
export function SavedState({ saved, isChanged, isPending, hasDiscard }: SavedStateProps) {
  const { readonlyReason } = saved
  const kept = readonlyReason === null ? FORM.changed : FORM.kept
  const text = isPending ? FORM.saving : isChanged ? kept : saved.isSaved ? FORM.saved : ''
  return (
    <>
      {hasDiscard && isChanged && (
        <Button type="reset" variant="default">
          {FORM.discard}
        </Button>
      )}
      <span className="dara-form-state" role="status" data-changed={isChanged || undefined}>
        {[readonlyReason !== null && FORM.readonly, text].filter(Boolean).join(' ')}
      </span>
    </>
  )
}
