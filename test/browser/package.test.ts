import {
  type ChildProcess,
  type ExecFileSyncOptionsWithStringEncoding,
  execFileSync,
  spawn,
} from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectClean, launchBrowser, openPage } from './page.ts'

const root = join(import.meta.dirname, '../..')
let folder: string
let files: readonly string[]
let browser: Browser
let running: ChildProcess | undefined

/** What `npm publish` would send, built by its own scripts and unpacked as `npm install` does it. */
beforeAll(async () => {
  browser = await launchBrowser()
  folder = mkdtempSync(join(tmpdir(), 'peerage-package-'))
  const quiet = {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  } satisfies ExecFileSyncOptionsWithStringEncoding
  const told = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], quiet)
  const tarball = join(folder, told.trim().split('\n').at(-1)!)
  files = execFileSync('tar', ['-tzf', tarball], quiet).trim().split('\n')
  execFileSync('tar', ['-xzf', tarball, '-C', folder], quiet)
  symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'))
}, 240_000)

afterAll(async () => {
  if (running?.exitCode === null && running.kill('SIGINT')) await once(running, 'exit')
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the package brings the program and the built page, and nothing else', () => {
  const kept =
    /^package\/(bin|dist|web\/dist)\/|^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/
  expect(files.filter(path => !kept.test(path))).toEqual([])
  for (const path of ['bin/peerage.js', 'dist/peer/index.js', 'dist/peer/index.d.ts'])
    expect(files).toContain(`package/${path}`)
  for (const path of ['main.js', 'worker/io-worker.js', 'licences.json'])
    expect(files).toContain(`package/dist/program/${path}`)
  expect(files.filter(path => /^package\/dist\/program[-.]/.test(path))).toEqual([])
  for (const path of ['index.html', 'index.html.br', 'index.html.gz', 'icon.svg', 'licences.json'])
    expect(files).toContain(`package/web/dist/${path}`)
  expect(files.filter(path => /\.(test|fuzz)\.|\.map$|(?<!\.d)\.ts$/.test(path))).toEqual([])
})

test('of each package that is bundled the text of its licence comes along', () => {
  for (const bundle of ['dist/program', 'web/dist']) {
    const path = join(folder, 'package', bundle, 'licences.json')
    const licences = JSON.parse(readFileSync(path, 'utf8')) as { name: string; text: string }[]
    expect(licences.length).toBeGreaterThan(20)
    expect(licences.filter(({ text }) => text.length < 400).map(({ name }) => name)).toEqual([])
  }
})

test('what it says it exports is there', async () => {
  const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8'))
  for (const path of [...Object.values<string>(exports['.']), ...Object.values<string>(bin)])
    expect(files).toContain(join('package', path))
})

test('the installed program runs a peer and shows its page', async () => {
  const home = join(folder, 'home')
  const words = ['start', '--json', '--home', home, '--preset', 'lan', '--api-port', '0', '--port', '0']
  const hosts = ['--set', 'network.hosts=["127.0.0.1"]', '--set', 'network.mdns=false']
  running = spawn(process.execPath, [join(folder, 'package/bin/peerage.js'), ...words, ...hosts], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: running.stdout! }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const token = readFileSync(join(home, 'api.token'), 'utf8').trim()
  const opened = await openPage(browser, { url, token }, '/about')
  await opened.page.getByText('react-dom').first().waitFor()
  expectClean(opened)
})
