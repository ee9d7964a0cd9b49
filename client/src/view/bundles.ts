/** Which bundle an icon is in; said once for the build, which makes the bundles, and for the page. */

export const BUNDLES = 64

export function bundleOf(key: string): number {
  let sum = 0
  for (const char of key) sum = (sum * 31 + char.charCodeAt(0)) % 65521
  return sum % BUNDLES
}
