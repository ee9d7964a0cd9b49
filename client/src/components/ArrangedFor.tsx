import type { ComponentProps } from '../view/react'
import { ArrangedList } from './lib/arrangedList'

/** A list that is filtered or sorted, or whose items can be moved. */
export default function ArrangedFor({ node }: ComponentProps) {
  return <ArrangedList node={node} layOut={(shown, draw) => shown.map(draw)} />
}
