import '@mantine/core/styles/Tooltip.css'
import './Tooltip.css'
import './Presence.css'
import { Tooltip } from '@mantine/core'
import { type CSSProperties, useEffect, useSyncExternalStore } from 'react'
import { COMPONENT } from '../messages'
import { usePath, useRouter } from '../view/outlet'
import { type ComponentProps, useApp, useNumber } from '../view/react'
import { useStyle } from '../view/style'
import { initials } from './lib/initials'

export default function Presence({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const { presence } = useApp()
  const max = useNumber(node, 'max') ?? 5
  const page = usePage()
  useEffect(() => presence.attend(page), [presence, page])
  const { people, count } = useSyncExternalStore(presence.visitors.subscribe, presence.visitors.get)
  const shown = people.slice(0, max)
  const names = people.slice(max).map(({ name }) => name)
  const rest = count - shown.length
  const unnamed = rest - names.length
  const others = unnamed > 0 ? [...names, COMPONENT.more(unnamed)] : names
  return (
    <ul id={id} style={style} className="dara-presence" aria-label={COMPONENT.visitors}>
      {shown.map((person) => (
        <Person
          key={person.id}
          name={presence.isMe(person) ? COMPONENT.you(person.name) : person.name}
          color={person.color}
          short={initials(person.name)}
        />
      ))}
      {rest > 0 && <Person name={others.join(', ')} short={`+${rest}`} />}
    </ul>
  )
}

function Person({ name, short, color }: { name: string; short: string; color?: string }) {
  return (
    <Tooltip
      label={name}
      multiline
      maw={320}
      classNames={{ tooltip: 'dara-tooltip' }}
      events={{ hover: true, focus: true, touch: true }}
    >
      <li
        className="dara-person"
        aria-label={name}
        data-rest={color ? undefined : true}
        style={color ? ({ '--dara-person': color } as CSSProperties) : undefined}
      >
        <span aria-hidden="true">{short}</span>
      </li>
    </Tooltip>
  )
}

/** Return the name of the present page: its address in the spelling of the app. */
function usePage(): string {
  const { location } = useRouter()
  return location.canonical(usePath())
}
