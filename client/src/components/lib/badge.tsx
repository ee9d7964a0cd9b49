/** A short label on a coloured ground. */

import './badge.css'
import { colorOf } from '../../view/style'

export function Badge({ label, color }: { label: string; color: string | null }) {
  return (
    <span className="dara-badge" style={{ '--dara-badge': colorOf(color ?? 'gray', 'text') } as object}>
      {label}
    </span>
  )
}
