import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateFiles } from '../../scripts/references.ts'

test('the generated files are what `npm run docs` would write', async () => {
  for (const [path, text] of await generateFiles())
    expect(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'), `${path}: run npm run docs`).toBe(
      text,
    )
})
