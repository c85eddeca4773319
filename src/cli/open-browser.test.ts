import { chmodSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { browserCommand, openBrowser } from './open-browser.ts'
import { processTerminal, type Terminal } from './terminal.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peerage-open-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test.each([
  ['linux', { DISPLAY: ':0' }, ['xdg-open']],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open']],
  ['linux', {}, undefined],
  ['linux', { DISPLAY: '' }, undefined],
  ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '1 2 3 4' }, undefined],
  ['linux', { DISPLAY: ':99', CI: 'true' }, undefined],
  ['darwin', {}, ['open']],
  ['darwin', { SSH_CONNECTION: '1 2 3 4' }, undefined],
  ['win32', {}, ['cmd', '/c', 'start', '""']],
] as const)('on %s with %o it is %o', (platform, environment, words) => {
  expect(browserCommand(environment, platform)).toEqual(words)
})

/** A desktop whose `xdg-open` writes down what it is given. */
function desktop(stdinIsKeyboard: boolean): Terminal {
  const path = join(folder, 'xdg-open')
  writeFileSync(path, `#!/bin/sh\necho "$@" > ${folder}/new && mv ${folder}/new ${folder}/opened\n`)
  chmodSync(path, 0o700)
  return {
    ...processTerminal(),
    stdinIsKeyboard,
    environment: { PATH: `${folder}:/bin:/usr/bin`, DISPLAY: ':0' },
  }
}

const opened = (): Promise<string> => readFile(join(folder, 'opened'), 'utf8').catch(() => '')

test.runIf(process.platform === 'linux')('a person at a desktop sees the address', async () => {
  const address = 'http://127.0.0.1:1/#ticket=ab'
  expect(await openBrowser(desktop(true), address)).toBe(true)
  await expect.poll(opened, { timeout: 15_000 }).toBe(`${address}\n`)
})

test('a script does not, and a desktop without the program says so', async () => {
  expect(await openBrowser(desktop(false), 'http://127.0.0.1:1/')).toBe(false)
  const bare = { ...desktop(true), environment: { PATH: '/nowhere', DISPLAY: ':0' } }
  expect(await openBrowser(bare, 'http://127.0.0.1:1/')).toBe(process.platform !== 'linux')
  expect(await opened()).toBe('')
})
