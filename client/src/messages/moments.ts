/** Reasons why a field for a date or a time does not take what was entered. */

export const MOMENTS = {
  incompleteDate: 'This date is not complete.',
  incompleteYear: 'This year is not complete.',
  yearOutOfRange: 'This year is out of range.',
  noDay: 'The calendar has no such day.',
  incompleteTime: 'This time is not complete.',
  skippedTime: (time: string, day: string) => `There is no ${time} on ${day}: the clocks are put forward then.`,
}
