import './Code.css'
import { type ComponentProps, useString, useText } from '../view/react'
import { useStyle } from '../view/style'
import { Highlighted } from './lib/highlighted'

export default function Code({ node }: ComponentProps) {
  const box = useStyle(node, 'textAlign')
  const language = useString(node, 'language') ?? 'python'
  const theme = useString(node, 'theme')
  const code = useText(node, 'code') ?? ''
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <pre {...box} className="dara-code" data-theme={theme ?? undefined} tabIndex={0}>
      <Highlighted code={code} language={language} />
    </pre>
  )
}
