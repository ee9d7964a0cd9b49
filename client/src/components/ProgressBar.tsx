import './ProgressBar.css'
import { COMPONENT } from '../messages'
import { type ComponentProps, useFlag, useNumber, useString, useText } from '../view/react'
import { colorOf, useStyle } from '../view/style'

export default function ProgressBar({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const progress = useNumber(node, 'progress')
  const isSmall = useFlag(node, 'small')
  const color = useString(node, 'color')
  const label = useText(node, 'label')
  const percent = Math.min(Math.max(progress ?? 0, 0), 100)
  return (
    <div
      id={id}
      className="dara-progressbar"
      data-small={isSmall || undefined}
      style={
        {
          ...style,
          '--dara-progress': `${percent}%`,
          ...(color && { '--dara-tone': colorOf(color, 'filled') }),
        } as object
      }
    >
      <div
        className="dara-progressbar-rail"
        role="progressbar"
        aria-label={label ?? COMPONENT.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      />
      {!isSmall && <span aria-hidden>{Math.round(percent)}%</span>}
    </div>
  )
}
