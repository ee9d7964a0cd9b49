import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { icons } from './icons'

const FLOATING = /@floating-ui|node_modules\/@mantine\/core\/esm\/components\/(Popover|Combobox)\//
const PLAIN = new RegExp(`^(?!.*(?:${FLOATING.source})).*node_modules\\/.*\\.m?js$`)

export default defineConfig({
  plugins: [react(), icons()],
  base: './',
  build: {
    outDir: '../src/dara/core/_static',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2023',
    // The page's HTML names what to preload; see _server/assets.py.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: 'src/main.tsx',
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /rolldown\/runtime|node_modules\/(react|react-dom|scheduler)\//, priority: 2 },
            // What opens above the page: menus, pickers, tooltips.
            { name: 'floating', test: FLOATING, minShareCount: 2, priority: 0 },
            // What only a few components need stays in their chunks.
            { name: 'mantine', test: PLAIN, minShareCount: 6, priority: 1 },
          ],
        },
      },
    },
  },
  // How long a fuzzed world takes depends on the machine, and on RUNS.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 600_000 },
})
