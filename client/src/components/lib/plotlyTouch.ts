/** Fingers on a figure of plotly, which itself would let no page scroll that has one. */

/** Buttons of plotly that choose what dragging does. */
const TOOL = '.modebar-btn[data-attr="dragmode"]'
/** The parts in which plotly listens to drags: the plots, and the areas that are selected. */
const PLACE = '.draglayer, .selectionlayer, .zoomlayer'

/**
 * Let fingers scroll the page, and tap on points as a mouse clicks. Once a tool of the figure has been pressed, the next
 * drag is for that tool.
 */
export function letFingersScroll(figure: HTMLElement): () => void {
  let isForTool = false
  const onStart = (event: TouchEvent) => {
    if (!(event.target as Element).closest(PLACE)) return
    if (!isForTool) event.stopPropagation()
    isForTool = false
  }
  const onClick = (event: MouseEvent) => {
    if ((event.target as Element).closest(TOOL)) isForTool = true
  }
  const touches = { capture: true, passive: true }
  figure.addEventListener('touchstart', onStart, touches)
  figure.addEventListener('click', onClick, { capture: true })
  return () => {
    figure.removeEventListener('touchstart', onStart, touches)
    figure.removeEventListener('click', onClick, { capture: true })
  }
}
