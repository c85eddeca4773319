import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

/** Writes `licences.json`: of each package that is bundled, its name, version, licence and the text of it. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      const folders = new Set<string>()
      for (const chunk of Object.values(bundle))
        for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
          const folder = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1]
          if (folder !== undefined) folders.add(folder)
        }
      const source = JSON.stringify([...folders].sort().map(licenceOf))
      this.emitFile({ type: 'asset', fileName: 'licences.json', source })
    },
  }
}

function licenceOf(folder: string): object {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = existsSync(folder) && readdirSync(folder).find(one => /^licen[cs]e(\.\w+)?$/i.test(one))
  return { name, version, licence: license, text: file ? readFileSync(join(folder, file), 'utf8') : '' }
}

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
