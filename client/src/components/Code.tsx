import './Code.css'
import { createElement, Fragment, type ReactNode, useEffect, useState } from 'react'
import { type ComponentProps, useString, useWords } from '../view/react'
import { useStyle } from '../view/style'
import { type ColoredNode, colored } from './lib/highlight'

export default function Code({ node }: ComponentProps) {
  const box = useStyle(node, 'textAlign')
  const language = useString(node, 'language') ?? 'python'
  const theme = useString(node, 'theme')
  const code = useWords(node, 'code') ?? ''
  const [shown, setShown] = useState<{ code: string; nodes: ColoredNode[] } | null>(null)
  useEffect(() => {
    let isWanted = true
    // Without its colours, should they not arrive, it can be read all the same.
    colored(code, language).then(
      (nodes) => isWanted && setShown(nodes && { code, nodes }),
      () => {},
    )
    return () => {
      isWanted = false
    }
  }, [code, language])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <pre {...box} className="dara-code" data-theme={theme ?? undefined} tabIndex={0}>
      <code>{shown?.code === code ? shown.nodes.map(drawn) : code}</code>
    </pre>
  )
}

function drawn(node: ColoredNode, index: number): ReactNode {
  if (node.type === 'text') return node.value
  if (node.type !== 'element') return null
  const names = node.properties.className as string[] | undefined
  return createElement(
    names ? 'span' : Fragment,
    { key: index, ...(names && { className: names.join(' ') }) },
    node.children.map(drawn),
  )
}
