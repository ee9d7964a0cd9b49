import '../view/prose.css'
import Renderer, { type Components, defaultUrlTransform } from 'react-markdown'
import gfm from 'remark-gfm'
import { type ComponentProps, useApp, useWords } from '../view/react'
import { useStyle } from '../view/style'

const PLUGINS = [gfm]

/** HTML in the text is dropped, and a link leads only where it can do no harm. */
export default function Markdown({ node }: ComponentProps) {
  const { page } = useApp()
  const box = useStyle(node, 'textAlign')
  const markdown = useWords(node, 'markdown')
  const isWrittenByUsers = 'markdown' in node.variables
  return (
    <div {...box} className="dara-prose">
      <Renderer
        skipHtml
        remarkPlugins={PLUGINS}
        components={isWrittenByUsers ? CAUTIOUS : COMPONENTS}
        urlTransform={(url) => defaultUrlTransform(/^\/(?!\/)/.test(url) ? page.base + url : url)}
      >
        {markdown ?? ''}
      </Renderer>
    </div>
  )
}

const COMPONENTS: Components = {
  a: ({ href, title, children }) => (
    <a href={href} title={title} {...(isElsewhere(href) && { target: '_blank', rel: 'noopener noreferrer' })}>
      {children}
    </a>
  ),
  // A table that is too wide scrolls, not the page.
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
    <div className="dara-prose-table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
}

/** A picture of another site would tell that site who reads. */
const CAUTIOUS: Components = {
  ...COMPONENTS,
  img: ({ src, alt, title }) =>
    isElsewhere(src) ? (
      <a href={src} title={title} target="_blank" rel="noopener noreferrer">
        {alt || src}
      </a>
    ) : (
      <img src={src} alt={alt ?? ''} title={title} />
    ),
}

function isElsewhere(href: string | undefined): boolean {
  return href !== undefined && /^(https?:)?\/\//.test(href)
}
