import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('docs/dependencies.md names each direct dependency with its reason', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const [, atRunTime, forDevelopment] = read('docs/dependencies.md').split(/^## .*$/m)
  expect(packagesIn(atRunTime)).toEqual(Object.keys(dependencies).sort())
  expect(packagesIn(forDevelopment)).toEqual(Object.keys(devDependencies).sort())
})

test('the lock file names versions and hashes, not the server they came from', () => {
  const { packages }: { packages: Record<string, object> } = JSON.parse(read('package-lock.json'))
  const resolved = Object.entries(packages).filter(([, entry]) => 'resolved' in entry)
  expect(resolved.map(([path]) => path)).toEqual([])
})

test('no file names a package registry or a path of one machine', () => {
  const found = trackedTextFiles().flatMap(path => ofOneMachine(read(path)).map(name => `${path}: ${name}`))
  expect(found).toEqual([])
})

test('a registry or a machine path would be noticed', () => {
  const text = `see https://${registries[0]}/zod, kept in "${homedir()}/zod", unpacked in ${root}/node_modules`
  expect(ofOneMachine(text)).toEqual([registries[0], `"${homedir()}/`, ` ${root}/`])
  expect(ofOneMachine(`store${homedir()}/file and ../..${root}/file are relative`)).toEqual([])
})

/** Put together here so that this file does not name them itself. */
const registries: readonly string[] = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['files', 'pythonhosted', 'org'],
  ['deb', 'debian', 'org'],
].map(labels => labels.join('.'))

function ofOneMachine(text: string): readonly string[] {
  const hosts = registries.filter(host => text.includes(host))
  const paths = [homedir(), root].flatMap(
    path => text.match(new RegExp(`(^|[^\\w.])${path}/`, 'm'))?.[0] ?? [],
  )
  return [...hosts, ...paths]
}

/** The first column of every table row, without the heading. Each row must have a reason. */
function packagesIn(section = ''): readonly string[] {
  return [...section.matchAll(/^\| `([^`]+)` \| \S.*\S \|$/gm)].map(([, name]) => name ?? '').sort()
}

function trackedTextFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const isText = (path: string): boolean => !/\.(png|gif|ico|woff2?|bin|torrent|car)$/.test(path)
  return listed.split('\0').filter(path => path !== '' && isText(path) && existsSync(join(root, path)))
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
