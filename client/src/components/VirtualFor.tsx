import type { ComponentProps } from '../view/react'
import { ArrangedList } from './lib/arrangedList'
import { VirtualItems } from './lib/virtualItems'

/** A long list, of which only the items in view are drawn. */
export default function VirtualFor({ node }: ComponentProps) {
  return <ArrangedList node={node} layOut={(shown, draw) => <VirtualItems node={node} shown={shown} draw={draw} />} />
}
