import { defineConfig } from 'vite'
import { licences } from '../scripts/licences.ts'

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [licences()],
  oxc: { jsx: { runtime: 'automatic' } },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The policy of the page allows nothing inline, data: URLs included.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
    rolldownOptions: {
      // `use client` is a remark for servers that render React, of which there is none here; a slow build is none of a user's business.
      onwarn: (warning, warn) =>
        !['MODULE_LEVEL_DIRECTIVE', 'PLUGIN_TIMINGS'].includes(warning.code ?? '') && warn(warning),
    },
  },
})
