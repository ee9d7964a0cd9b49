/** The texts of lists whose items can be moved. */

export const LIST = {
  move: (position: number, count: number) => `Move item ${position} of ${count}`,
  hint: 'Drag it, or use the arrow keys',
  moved: (position: number, count: number) => `Moved to ${position} of ${count}`,
}
