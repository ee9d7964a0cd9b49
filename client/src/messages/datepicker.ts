/** The texts of calendars. */

export const DATEPICKER = {
  pickDate: 'Pick a date',
  calendar: {
    monthLevelControl: 'Month and year',
    previousMonth: 'Previous month',
    nextMonth: 'Next month',
    previousYear: 'Previous year',
    nextYear: 'Next year',
  },
  pickDates: 'Pick two dates',
}
