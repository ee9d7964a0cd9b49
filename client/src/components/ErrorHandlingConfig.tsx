import { useContext } from 'react'
import { RetryButton } from '../view/fallbacks'
import { type ComponentProps, useText } from '../view/react'
import { RetryContext } from '../view/render'
import { useStyle } from '../view/style'

/** The error message that stands in the place of the component around it. */
export default function ErrorHandlingConfig({ node }: ComponentProps) {
  const box = useStyle(node)
  const title = useText(node, 'title')
  const description = useText(node, 'description')
  const retry = useContext(RetryContext)
  return (
    <div {...box} className="dara-failure" role="alert">
      <div>
        {title && <div style={{ fontWeight: 600 }}>{title}</div>}
        {description}
      </div>
      {retry && <RetryButton onRetry={retry} />}
    </div>
  )
}
