/** The code of a program in colours. */

import { createElement, Fragment, type ReactNode, useEffect, useState } from 'react'
import { type HighlightedNode, highlight } from './highlight'

export function Highlighted({ code, language }: { code: string; language: string }) {
  const [highlighted, setHighlighted] = useState<{ code: string; nodes: HighlightedNode[] } | null>(null)
  useEffect(() => {
    let isWanted = true
    // Without its colours, the code is readable all the same.
    highlight(code, language).then(
      (nodes) => isWanted && setHighlighted(nodes && { code, nodes }),
      () => {},
    )
    return () => {
      isWanted = false
    }
  }, [code, language])
  return <code>{highlighted?.code === code ? highlighted.nodes.map(toReact) : code}</code>
}

function toReact(node: HighlightedNode, index: number): ReactNode {
  if (node.type === 'text') return node.value
  if (node.type !== 'element') return null
  const names = node.properties.className as string[] | undefined
  return createElement(
    names ? 'span' : Fragment,
    { key: index, ...(names && { className: names.join(' ') }) },
    node.children.map(toReact),
  )
}
