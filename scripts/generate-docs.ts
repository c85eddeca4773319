import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateFiles } from './references.ts'

// Writes every generated file; a test keeps them equal to what this would write.
for (const [path, text] of await generateFiles()) {
  const target = join(import.meta.dirname, '..', path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
}
