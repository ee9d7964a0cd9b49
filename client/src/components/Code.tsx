import './Code.css'
import { createElement, Fragment, type ReactNode, useEffect, useState } from 'react'
import { type ComponentProps, useString, useText } from '../view/react'
import { useStyle } from '../view/style'
import { type HighlightedNode, highlight } from './lib/highlight'

export default function Code({ node }: ComponentProps) {
  const box = useStyle(node, 'textAlign')
  const language = useString(node, 'language') ?? 'python'
  const theme = useString(node, 'theme')
  const code = useText(node, 'code') ?? ''
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
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <pre {...box} className="dara-code" data-theme={theme ?? undefined} tabIndex={0}>
      <code>{highlighted?.code === code ? highlighted.nodes.map(toReact) : code}</code>
    </pre>
  )
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
