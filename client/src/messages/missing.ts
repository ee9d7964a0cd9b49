/** The text of values that are missing, in tables and in texts with a formatter. */
export const MISSING = 'missing'
