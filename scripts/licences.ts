import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** Writes `licences.json`: of each package that is bundled, its name, version, licence and the text of it. */
export function licences(): Plugin {
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
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // Some are under two, each in a file: LICENSE-MIT, LICENSE-APACHE.
  const files = readdirSync(folder).filter(one => /^licen[cs]e([-.]\w+)*$/i.test(one))
  const text = files.map(file => readFileSync(join(folder, file), 'utf8')).join('\n')
  const isWhole = text.length > shortestLicence
  return {
    name,
    version,
    licence: license,
    text: isWhole ? text : standardText(license, author?.name ?? author),
  }
}

/** Characters: a remark that says which licence holds, and where it can be read, is shorter. */
const shortestLicence = 400

/** Some packages, much of libp2p among them, name their licence and do not bring its text. */
function standardText(licence: string, author: string): string {
  const from = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
  if (/\bApache-2\.0\b/.test(licence)) return from('node_modules/udx-native/LICENSE')
  if (licence !== 'MIT') throw new Error(`The text of the licence ${licence} is missing.`)
  const own = from('LICENSE')
  return `MIT License\n\nCopyright (c) ${author}\n\n${own.slice(own.indexOf('Permission is hereby granted'))}`
}
