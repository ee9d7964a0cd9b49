/** What `icons.ts` makes while the client is built. */
declare module 'virtual:icons' {
  /** Width, height, path. */
  export type Drawing = [number, number, string]
  export const bundles: (() => Promise<{ default: Record<string, Drawing> }>)[]
}
