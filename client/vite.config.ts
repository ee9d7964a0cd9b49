import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { icons } from './icons'

/** Code of elements that open above the page: menus, pickers, tooltips. */
const FLOATING = /@floating-ui|node_modules\/@mantine\/core\/esm\/components\/(Popover|Combobox)\//
/** All other code of packages. */
const OTHER = new RegExp(`^(?!.*(?:${FLOATING.source})).*node_modules\\/.*\\.m?js$`)

export default defineConfig({
  plugins: [react(), icons()],
  base: './',
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
        codeSplitting: {
          groups: [
            // Code that every page needs; one chunk compresses better than several.
            { name: 'app', test: /client\/src\/(?!main|components|fields)/, priority: 1 },
            { name: 'react', test: /rolldown\/runtime|node_modules\/(react|react-dom|scheduler)\//, priority: 2 },
            { name: 'floating', test: FLOATING, minShareCount: 2, priority: 0 },
            // Code that only a few components need stays in their chunks.
            { name: 'mantine', test: OTHER, minShareCount: 6, priority: 1 },
          ],
        },
      },
    },
  },
  // Fuzz tests take as long as RUNS asks for.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 600_000 },
})
