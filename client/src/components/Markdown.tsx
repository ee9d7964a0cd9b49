import './Code.css'
import './Markdown.css'
import { isValidElement, lazy, type ReactNode, Suspense } from 'react'
import Renderer, { type Components, defaultUrlTransform } from 'react-markdown'
import gfm from 'remark-gfm'
import { COMPONENT } from '../messages'
import { type ComponentProps, useApp, useText } from '../view/react'
import { useStyle } from '../view/style'

const PLUGINS = [gfm]
// A chunk of its own: few texts contain programs.
const Highlighted = lazy(() => import('./lib/highlighted').then((module) => ({ default: module.Highlighted })))

/** Markdown without HTML, and with links of safe schemes only. */
export default function Markdown({ node }: ComponentProps) {
  const { page } = useApp()
  const box = useStyle(node, 'textAlign')
  const markdown = useText(node, 'markdown')
  const isWrittenByUsers = 'markdown' in node.variables
  return (
    <div {...box} className="dara-prose">
      <Renderer
        skipHtml
        remarkPlugins={PLUGINS}
        components={isWrittenByUsers ? FOR_USER_TEXT : COMPONENTS}
        urlTransform={(url) => defaultUrlTransform(/^\/(?!\/)/.test(url) ? page.base + url : url)}
      >
        {markdown ?? ''}
      </Renderer>
    </div>
  )
}

const COMPONENTS: Components = {
  a: ({ href, title, children }) => (
    <a href={href} title={title} {...(isExternal(href) && { target: '_blank', rel: 'noopener noreferrer' })}>
      {children}
    </a>
  ),
  // As `Code` is shown.
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <pre className="dara-code" tabIndex={0}>
      <Block>{children}</Block>
    </pre>
  ),
  // A tick in a list of tasks.
  input: ({ checked }) => (
    <input type="checkbox" disabled checked={checked === true} aria-label={checked ? COMPONENT.done : COMPONENT.open} />
  ),
  // A wide table scrolls inside its own box.
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <div className="dara-prose-table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
}

/** Components for text that users write: images of other sites are links, because loading them reveals the reader. */
const FOR_USER_TEXT: Components = {
  ...COMPONENTS,
  img: ({ src, alt, title }) =>
    isExternal(src) ? (
      <a href={src} title={title} target="_blank" rel="noopener noreferrer">
        {alt || src}
      </a>
    ) : (
      <img src={src} alt={alt ?? ''} title={title} />
    ),
}

function isExternal(href: string | undefined): boolean {
  return href !== undefined && /^(https?:)?\/\//.test(href)
}

/** A block of code, in the colours of its language if it names one. */
function Block({ children }: { children: ReactNode }) {
  const { className = '', children: code } = isValidElement<{ className?: string; children?: ReactNode }>(children)
    ? children.props
    : {}
  const [, language] = /language-(\S+)/.exec(className) ?? []
  if (!language || typeof code !== 'string') return children
  return (
    <Suspense fallback={<code>{code}</code>}>
      <Highlighted code={code} language={language} />
    </Suspense>
  )
}
