/** The texts of the component that shows the progress of a job. */

export const PROGRESS_TRACKER = {
  cancel: 'Cancel',
  started: 'In progress',
}
