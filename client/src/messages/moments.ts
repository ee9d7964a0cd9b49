/** Reasons why a field for a date or a time does not take what was entered. */

export const MOMENTS = {
  noDate: 'This date is not complete, or the calendar has no such day.',
  incompleteYear: 'This year is not complete.',
  unlikelyYear: (year: number) => `This is the year ${year}. Write the year with four digits.`,
  yearOutOfRange: 'This year is out of range.',
  noDay: 'The calendar has no such day.',
  incompleteTime: 'This time is not complete.',
  skippedTime: (time: string, day: string) => `There is no ${time} on ${day}: the clocks are put forward then.`,
}
