/** Page translators, and extensions like them, put nodes of their own in the place of texts. */

/**
 * Let React take away or insert beside a text that is no longer where it was put. Browsers raise an error there, which
 * would take the whole page; see https://github.com/facebook/react/issues/11538.
 */
export function tolerateTranslators(nodes: Node = Node.prototype): void {
  const { removeChild, insertBefore } = nodes
  nodes.removeChild = function <T extends Node>(this: Node, child: T): T {
    return child.parentNode === this ? (removeChild.call(this, child) as T) : child
  }
  nodes.insertBefore = function <T extends Node>(this: Node, node: T, before: Node | null): T {
    return insertBefore.call(this, node, before?.parentNode === this ? before : null) as T
  }
}
