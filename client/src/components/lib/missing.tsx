/** The mark of a value that is missing, unlike a text that is empty. */

import './missing.css'
import { MISSING } from '../../messages/missing'

export function Missing() {
  return (
    <span className="dara-missing" role="img" aria-label={MISSING}>
      –
    </span>
  )
}
