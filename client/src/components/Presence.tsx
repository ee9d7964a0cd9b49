import '@mantine/core/styles/Tooltip.css'
import './Tooltip.css'
import './Presence.css'
import { Tooltip } from '@mantine/core'
import { type CSSProperties, useEffect, useSyncExternalStore } from 'react'
import type { Node, Ref } from '../fragments'
import { PRESENCE } from '../messages/presence'
import { never, Observable } from '../observable'
import type { Replica } from '../sync/replica'
import { usePath, useRouter } from '../view/outlet'
import { type ComponentProps, useApp, useIsCut, useNumber, useRefSource } from '../view/react'
import { useStyle } from '../view/style'
import { initials } from './lib/initials'
import { People, type Visitors } from './lib/people'

export default function Presence({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const { presence } = useApp()
  const max = useNumber(node, 'max') ?? 5
  const { people, count } = usePeople(node)
  const shown = people.slice(0, max)
  const names = people.slice(max).map(({ name }) => name)
  const rest = count - shown.length
  const unnamed = rest - names.length
  const others = unnamed > 0 ? [...names, PRESENCE.more(unnamed)] : names
  return (
    <ul
      id={id}
      style={style}
      className="dara-presence"
      aria-label={node.variables.of ? PRESENCE.here : PRESENCE.onPage}
      data-stale={useIsCut() || undefined}
    >
      {shown.map((person) => (
        <Person
          key={person.id}
          name={presence.isMe(person) ? PRESENCE.you(person.name) : person.name}
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

/** Return the people on the present page, or of the value that the component is about. */
function usePeople(node: Node): Visitors {
  const { presence } = useApp()
  const people = People.of(presence)
  const page = usePage()
  const replica = useReplica(node.variables.of)
  const place = node.variables.of ? replica : page
  const visitors = place === null ? NONE : people.visitors(place)
  useEffect(() => (place === null ? undefined : people.attend(place)), [people, place])
  return useSyncExternalStore(visitors.subscribe, visitors.get)
}

const NONE = new Observable<Visitors>({ people: [], count: 0 })

/** Return the replica of a variable's value; `null` while there is none. */
function useReplica(ref: Ref | undefined): Replica | null {
  const { graph } = useApp()
  const source = useRefSource(ref)
  return useSyncExternalStore(source?.subscribe ?? never, () => (ref && graph.replicas(ref)[0]) ?? null)
}

/** Return the name of the present page: its address in the spelling of the app. */
function usePage(): string {
  const { location } = useRouter()
  return location.canonical(usePath())
}
