import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { chunksOfComponents, GROUPS, withoutUnusedStyles } from './chunks'
import { icons } from './icons'

/** In the place of the function of Mantine, which is much longer. */
const VARIANT_COLORS = `${import.meta.dirname}/src/view/variantColors.ts`

export default defineConfig({
  plugins: [react(), icons(), chunksOfComponents(), withoutUnusedStyles()],
  base: './',
  resolve: { alias: [{ find: /.*\/default-variant-colors-resolver\.mjs$/, replacement: VARIANT_COLORS }] },
  build: {
    outDir: '../src/dara/core/_static',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2023',
    // The server writes the preloads into the page's HTML; see _server/assets.py.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: 'src/main.tsx',
      output: {
        // Short names: chunks name each other, which is a part of every page's size.
        chunkFileNames: 'assets/[hash:7].js',
        assetFileNames: 'assets/[hash:7][extname]',
        codeSplitting: { groups: GROUPS },
      },
    },
  },
  // Fuzz tests take as long as RUNS asks for. The files share modules, which halves the time: each restores what it replaces.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 600_000, isolate: false },
})
