/** The element of a text field. It is drawn like Mantine's `TextInput`, which takes several times as long to render. */

import { Input } from '@mantine/core'
import { type ComponentPropsWithRef, type CSSProperties, type MouseEvent, type ReactNode, useId } from 'react'

const { classes } = Input
const ROOT = partOf('InputWrapper', 'root')
const LABEL = partOf('InputWrapper', 'label')
const REQUIRED = partOf('InputWrapper', 'required')
const DESCRIPTION = partOf('InputWrapper', 'description')
const ERROR = partOf('InputWrapper', 'error')
const WRAPPER = partOf('Input', 'wrapper')
const INPUT = partOf('Input', 'input')
const SECTION = partOf('Input', 'section')

const SIZE = { '--input-height': 'var(--input-height-sm)', '--input-fz': 'var(--mantine-font-size-sm)' }
const GAP = 'calc(var(--mantine-spacing-xs) / 2)'
const LABEL_STYLE = { '--input-label-size': 'var(--mantine-font-size-sm)' } as CSSProperties
const SMALL = 'calc(var(--mantine-font-size-sm) - calc(0.125rem * var(--mantine-scale)))'
const DESCRIPTION_STYLE = { '--input-description-size': SMALL } as CSSProperties
const ERROR_STYLE = { '--input-error-size': SMALL } as CSSProperties

interface TextInputProps extends ComponentPropsWithRef<'input'> {
  label?: string
  description?: string
  error?: ReactNode
  /** Content at the end of the field, inside its frame. */
  rightSection?: ReactNode
  /** Wraps the frame of the field. */
  inputContainer?: (element: ReactNode) => ReactNode
}

export function TextInput({ className, style, label, description, error, rightSection, ...others }: TextInputProps) {
  const { inputContainer, disabled, ...attributes } = others
  const ownId = useId()
  const id = attributes.id ?? ownId
  const describedBy = [error && `${id}-error`, description && `${id}-description`].filter(Boolean).join(' ')
  const state = { ...(disabled && { 'data-disabled': true }), ...(error && { 'data-error': true }) }
  const frame = (
    <div
      className={WRAPPER}
      data-variant="default"
      data-size="sm"
      {...state}
      data-with-right-section={rightSection ? true : undefined}
      style={frameStyle(Boolean(description), Boolean(error))}
    >
      <input
        {...attributes}
        {...state}
        id={id}
        className={INPUT}
        data-variant="default"
        disabled={disabled}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy || undefined}
      />
      {rightSection && (
        <div data-position="right" className={SECTION}>
          {rightSection}
        </div>
      )}
    </div>
  )
  return (
    <div className={`${className} ${ROOT}`} data-size="sm" data-error={error ? true : undefined} style={style}>
      {label && (
        <label
          className={LABEL}
          data-size="sm"
          htmlFor={id}
          id={`${id}-label`}
          style={LABEL_STYLE}
          onMouseDown={keepSelection}
        >
          {label}
          {attributes.required && (
            <span className={REQUIRED} aria-hidden>
              {' *'}
            </span>
          )}
        </label>
      )}
      {description && (
        <p className={DESCRIPTION} data-size="sm" id={`${id}-description`} style={DESCRIPTION_STYLE}>
          {description}
        </p>
      )}
      {inputContainer ? inputContainer(frame) : frame}
      {error && (
        <p className={ERROR} data-size="sm" id={`${id}-error`} style={ERROR_STYLE}>
          {error}
        </p>
      )}
    </div>
  )
}

/** Return the class names of a part of Mantine's field: that of its CSS, and the ones that other CSS refers to. */
function partOf(component: 'Input' | 'InputWrapper', part: keyof typeof classes): string {
  return `${classes[part]} mantine-${component}-${part} mantine-TextInput-${part}`
}

function frameStyle(hasDescription: boolean, hasError: boolean): CSSProperties {
  const margins = {
    ...(hasDescription && { '--input-margin-top': GAP }),
    ...(hasError && { '--input-margin-bottom': GAP }),
  }
  return { ...margins, ...SIZE } as CSSProperties
}

/** Keep a double click on the label from selecting its text. */
function keepSelection(event: MouseEvent): void {
  if (event.detail > 1) event.preventDefault()
}
