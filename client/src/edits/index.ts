/**
 * Pure functions on edits: apply, diff, rebase, compose, invert. Twin of `dara/core/_edits`; both pass the golden cases
 * in `tests/golden`. Values are never changed in place: the old and the new value share all parts that no op changes.
 */

export { apply, at, equal, InvalidEdit, isObject, pointer, TestFailed } from './apply'
export { compose } from './compose'
export { diff } from './diff'
export { invert } from './invert'
export { isBeginning, isSet, isWithin, samePath } from './ops'
export { follow, type Order, rebase, transform } from './rebase'
export { bytesOf, cut, sizeOf } from './size'
export { lengthOf, pointsAt, unitsAt } from './text'
