/** Tolerance for page translators and similar extensions, which replace the text nodes of a page. */

/**
 * Let React remove or insert a node beside a text node that an extension has moved. The browser would throw an error,
 * and React would remove the whole page; see https://github.com/facebook/react/issues/11538.
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
