/**
 * Pure functions on edits: apply, diff, rebase, compose, invert. The twin of `dara/core/_edits`; both pass the same
 * golden cases. Values are never changed in place: what an op does not touch is shared.
 */

export { apply, at, equal, InvalidEdit, isObject, pointer, TestFailed } from './apply'
export { compose } from './compose'
export { diff } from './diff'
export { invert } from './invert'
export { isBeginning, isSet, isWithin, samePath } from './ops'
export { follow, type Order, rebase, transform } from './rebase'
export { bytesOf, cut, sizeOf } from './size'
export { lengthOf, pointsAt, unitsAt } from './text'
