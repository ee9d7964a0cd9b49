/** The blocks of a result: its large parts, by the names of their content. The server sends those that are not known. */

import type { Block, Json, Path } from '../protocol'

/** The number of blocks that a call may name. */
const MAX_NAMES = 500

/** The blocks of the newest result of one call. */
export class Blocks {
  #known = new Map<string, Json>()

  /** The names for the next call. */
  get names(): string[] {
    return [...this.#known.keys()].slice(0, MAX_NAMES)
  }

  clear(): void {
    this.#known.clear()
  }

  /** Return the result of a frame and its blocks. Throws if the server has left out one that is not known. */
  join(frame: Json, blocks: readonly Block[]): Json {
    const known = new Map<string, Json>()
    const root = { result: frame }
    for (const [path, name, sent] of blocks) {
      const content = sent === undefined ? (known.get(name) ?? this.#known.get(name)) : sent
      if (content === undefined) throw new Error(`The block ${name} is missing.`)
      known.set(name, content)
      put(root, ['result', ...path], content)
    }
    this.#known = known
    return root.result
  }
}

/** Put a block in its place, after the pieces of the same text or list that are there. */
function put(root: { result: Json }, path: Path, content: Json): void {
  let parent = root as unknown as Record<string | number, Json>
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string | number, Json>
  const last = path[path.length - 1] as string | number
  const present = parent[last]
  if (typeof present === 'string') parent[last] = present + (content as string)
  else if (Array.isArray(present)) for (const each of content as Json[]) present.push(each)
  else parent[last] = content
}
