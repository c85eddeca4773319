import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseTree, readTree, type SourceModule } from './module-graph.ts'

const root = join(import.meta.dirname, '../../web/src')

/** What breaks the plan of the web app (docs/decisions/025-web-app.md). */
function broken(modules: readonly SourceModule[]): string[] {
  return modules.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, target, values, line }) =>
      faultsOf(path, specifier, target, values).map(fault => `${path}:${line} ${fault}`),
    ),
  )
}

function* faults(
  path: string,
  specifier: string,
  target: string | undefined,
  values: readonly string[],
): Generator<string> {
  const room = path.split('/')[0]
  if (target === undefined) {
    if (/^(radix-ui|uqr|@tanstack\/react-virtual)$/.test(specifier) && room !== 'ui')
      yield `takes ${specifier}, which is for ui/`
    if (specifier.startsWith('node:') && !path.endsWith('.test.ts')) yield `takes ${specifier} in a browser`
    return
  }
  if (target.startsWith('../') && values.length > 0 && !path.endsWith('.test.ts'))
    yield `takes more than types from ${specifier}`
  const [to, page] = target.split('/')
  if (to === 'pages' && room === 'pages' && path.split('/')[1] !== page) yield `reaches into the page ${page}`
  if (to === 'pages' && room !== 'pages' && path !== 'app/routes.ts') yield `imports a page (${specifier})`
  if (room === 'ui' && to === 'app') yield `imports app/ (${specifier})`
  if (room === 'api' && (to === 'ui' || to === 'app' || to === 'texts')) yield `imports ${to}/ (${specifier})`
}

function faultsOf(...given: Parameters<typeof faults>): string[] {
  return [...faults(...given)]
}

test('the web app stands as it was planned', () => {
  const modules = parseTree(readTree(root))
  expect(modules.length).toBeGreaterThan(50)
  expect(broken(modules)).toEqual([])
})

test.each([
  ['pages/home/index.tsx', "import { x } from '../share/index.tsx'"],
  ['pages/home/index.tsx', "import { x } from '../../../../src/base/index.ts'"],
  ['pages/home/index.tsx', "import { Tabs } from 'radix-ui'"],
  ['pages/home/index.tsx', "import fs from 'node:fs'"],
  ['ui/button.tsx', "import { navigate } from '../app/router.tsx'"],
  ['api/client.ts', "import { Icon } from '../ui/icon.tsx'"],
])('%s may not %s', (path, text) => {
  expect(broken(parseTree(new Map([[path, text]])))).toHaveLength(1)
  const types = text.replace('import {', 'import type {')
  if (text.includes('src/base')) expect(broken(parseTree(new Map([[path, types]])))).toEqual([])
})
