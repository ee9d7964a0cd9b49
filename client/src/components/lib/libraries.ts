/** Libraries of charts: scripts that a page loads when it first shows such a chart. */

import { useEffect, useState } from 'react'
import { DRAWING } from '../../messages'
import { ChunkLoadError } from '../../view/errorBoundary'
import { useApp } from '../../view/react'

declare global {
  var daraFunction: FunctionConstructor | undefined
  var daraMade: unknown
}

/** The scripts of the page, by address. One that failed may be tried again. */
const SCRIPTS = new Map<string, Promise<void>>()

/** Return whether the scripts at these addresses, below the app's root, have run; throws if one could not be loaded. */
export function useLibrary(addresses: readonly string[]): boolean {
  const { page } = useApp()
  const wanted = addresses.join(' ')
  const [state, setState] = useState<{ of: string; error: Error | null }>({ of: '', error: null })
  useEffect(() => {
    const loaded = loadAll(wanted.split(' ').map((address) => page.base + address))
    loaded.then(
      () => setState({ of: wanted, error: null }),
      (error: Error) => setState({ of: wanted, error }),
    )
  }, [page, wanted])
  if (state.of === wanted && state.error) throw state.error
  return state.of === wanted
}

async function loadAll(urls: readonly string[]): Promise<void> {
  prepare()
  for (const url of urls) {
    const script = SCRIPTS.get(url) ?? load(url)
    SCRIPTS.set(url, script)
    await script
  }
}

function load(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = url
    script.onload = () => resolve()
    script.onerror = () => {
      SCRIPTS.delete(url)
      reject(new ChunkLoadError(DRAWING.notLoaded))
    }
    document.head.append(script)
  })
}

/**
 * Let the libraries run under the page's policy, which forbids `eval`, and styles without its nonce. They make functions
 * and styles: they get a `Function` and elements with the nonce, and their attributes `style` are set by script.
 */
function prepare(): void {
  if (globalThis.daraFunction) return
  globalThis.daraFunction = new Proxy(Function, {
    apply: (_, __, parts: string[]) => makeFunction(parts),
    construct: (_, parts: string[]) => makeFunction(parts),
  })
  const create = document.createElement
  document.createElement = function (this: Document, ...args: Parameters<typeof create>) {
    const element = create.apply(this, args)
    if (element instanceof HTMLStyleElement) element.nonce = nonce()
    return element
  } as typeof create
  const setAttribute = Element.prototype.setAttribute
  Element.prototype.setAttribute = function (name: string, value: string) {
    if (name === 'style' && 'style' in this) (this as HTMLElement | SVGElement).style.cssText = value
    else setAttribute.call(this, name, value)
  }
}

/** Return the function of the given parameters and body, the last part, as the constructor `Function` does. */
export function makeFunction(parts: readonly string[]): (...args: unknown[]) => unknown {
  const script = document.createElement('script')
  script.nonce = nonce()
  script.textContent = `globalThis.daraMade=function(${parts.slice(0, -1).join()}\n){${parts.at(-1) ?? ''}\n}`
  document.head.append(script)
  script.remove()
  const made = globalThis.daraMade
  globalThis.daraMade = undefined
  if (typeof made !== 'function') throw new SyntaxError('The function has a mistake, which the console names.')
  return made as (...args: unknown[]) => unknown
}

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="dara-nonce"]')?.content ?? ''
}
