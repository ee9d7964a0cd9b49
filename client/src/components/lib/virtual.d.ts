/** The module that `client/icons.ts` generates during the build. */
declare module 'virtual:icons' {
  /** Width, height and path of an icon. */
  export type Drawing = [number, number, string]
  /** Functions that fetch a bundle: its icons by `style/name`. */
  export const bundles: (() => Promise<{ default: Record<string, Drawing> }>)[]
}
