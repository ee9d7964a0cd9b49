/** The texts of forms: of one that saves its value, and of one with pages. */

export const FORM = {
  changed: 'Not saved yet',
  saving: 'Saving…',
  saved: 'Saved',
  discard: 'Discard changes',
  kept: 'Your changes are kept on this page.',
  readonly: 'You may not change this.',
  back: 'Back',
  next: 'Next',
  submit: 'Submit',
  pageOf: (page: number, pages: number) => `${page} of ${pages}`,
}
