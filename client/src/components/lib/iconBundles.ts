/** The assignment of icons to bundles, shared by the build, which makes the bundles, and the page. */

export const BUNDLES = 64

/** Return the number of the bundle that has the icon `style/name`. */
export function bundleOf(key: string): number {
  let sum = 0
  for (const char of key) sum = (sum * 31 + char.charCodeAt(0)) % 65521
  return sum % BUNDLES
}
