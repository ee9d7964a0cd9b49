/** The texts of content that stays at its end. */

export const ENDS = {
  toEnd: 'To the end',
  hasMore: 'New below',
}
