import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PeerageError, z } from '../base/index.ts'
import { Config, type ConfigOptions } from './config.ts'
import { environmentName } from './config-fields.ts'
import { type ConfigState, configOperations, configService } from './config-service.ts'

const sections = {
  network: z.object({
    port: z.number().int().min(0).max(65535).default(0).describe('Port.'),
    mdns: z.boolean().default(true).describe('Announce.'),
    hosts: z.array(z.string()).default(['::']).describe('Hosts.'),
  }),
  files: z.object({ limits: z.object({ maxBytes: z.number().default(10) }).prefault({}) }),
}

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-config-'))
})
afterEach(() => rm(home, { recursive: true }))

const load = (options: Partial<ConfigOptions> = {}): Promise<Config> =>
  Config.load({ home, sections, ...options })
const write = (content: unknown): Promise<void> =>
  writeFile(join(home, 'config.json'), JSON.stringify(content))

test('each layer wins over the one before', async () => {
  const presetTable = { lan: { 'network.port': 1 } }
  const port = async (options: Partial<ConfigOptions>): Promise<unknown> => {
    const { value, source } = (await load({ presetTable, ...options })).entry('network.port')
    return [value, source]
  }
  expect(await port({})).toEqual([0, 'default'])
  expect(await port({ flags: { preset: 'lan' } })).toEqual([1, 'preset'])
  await write({ preset: 'lan', network: { port: 2 } })
  expect(await port({})).toEqual([2, 'file'])
  expect(await port({ environment: { PEERAGE_NETWORK_PORT: '3' } })).toEqual([3, 'environment'])
  expect(await port({ environment: { PEERAGE_NETWORK_PORT: '3' }, flags: { 'network.port': '4' } })).toEqual([
    4,
    'flag',
  ])
})

test('texts become values of the type of their key', async () => {
  const environment = {
    PEERAGE_NETWORK_MDNS: 'off',
    PEERAGE_NETWORK_HOSTS: 'a, b',
    PEERAGE_FILES_LIMITS_MAX_BYTES: '2KiB',
  }
  const config = await load({ environment })
  expect(config.section('network')).toEqual({ port: 0, mdns: false, hosts: ['a', 'b'] })
  expect(config.section('files')).toEqual({ limits: { maxBytes: 2048 } })
  expect(environmentName('files.limits.maxBytes')).toBe('PEERAGE_FILES_LIMITS_MAX_BYTES')
})

test.each([
  ['an unknown key in the file', { network: { prot: 1 } }, 'network.prot'],
  ['a wrong value in the file', { network: { port: 70_000 } }, 'network.port'],
  ['a wrong preset', { preset: 'closed' }, 'preset'],
])('%s is refused by name', async (_, content, key) => {
  await write(content)
  await expect(load()).rejects.toMatchObject({ code: 'config.invalid', details: { key } })
})

test('the section of the daemon is left alone by those who do not know it', async () => {
  await write({ daemon: { apiPort: 1 }, network: { port: 2 } })
  const config = await load()
  await config.set('network.port', 3)
  expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).toEqual({
    daemon: { apiPort: 1 },
    network: { port: 3 },
  })
})

test('a file that is not JSON is refused with its path', async () => {
  await writeFile(join(home, 'config.json'), '{ "network": ')
  await expect(load()).rejects.toThrow(/config\.json is not JSON/)
})

test('a change is kept, applied by who listens, and needs a restart when nobody does', async () => {
  const config = await load({ otherSections: ['web'] })
  const applied: unknown[] = []
  config.onChange('network.mdns', { apply: value => void applied.push(value) })
  expect(await config.set('network.mdns', 'false')).toEqual({
    key: 'network.mdns',
    value: false,
    needsRestart: false,
  })
  expect(await config.set('network.port', 9)).toMatchObject({ value: 9, needsRestart: true })
  expect(applied).toEqual([false])
  expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).toEqual({
    network: { mdns: false, port: 9 },
  })
  expect((await load()).section('network')).toMatchObject({ mdns: false, port: 9 })
  await config.set('network.port', undefined)
  expect((await load()).entry('network.port')).toMatchObject({ value: 0, source: 'default' })
})

test('a change that anybody refuses changes nothing', async () => {
  const config = await load()
  const applied: unknown[] = []
  config.onChange('network.port', { apply: value => void applied.push(value) })
  config.onChange('network.port', {
    verify: () => {
      throw new PeerageError('network.port-in-use')
    },
    apply: value => void applied.push(value),
  })
  await expect(config.set('network.port', 80)).rejects.toMatchObject({ code: 'network.port-in-use' })
  await expect(config.set('network.port', 'abc')).rejects.toMatchObject({ code: 'config.invalid' })
  await expect(config.set('network.port', -1)).rejects.toMatchObject({ code: 'config.invalid' })
  expect(applied).toEqual([])
  expect(config.entry('network.port').value).toBe(0)
  await expect(readFile(join(home, 'config.json'))).rejects.toThrow()
})

test('a change that a flag hides says that it needs a restart', async () => {
  const config = await load({ flags: { 'network.port': 5 } })
  expect(await config.set('network.port', 6)).toMatchObject({ value: 5, needsRestart: true })
})

test('an entry tells a form all that it needs', async () => {
  const secret = z.object({ proxy: z.string().max(9).default('').describe('Proxy.').meta({ secret: true }) })
  const config = await load({ sections: { ...sections, secret }, flags: { 'network.port': 5 } })
  config.onChange('network.mdns', { apply: () => undefined })
  await config.set('network.port', 6)
  expect(config.entry('network.port')).toMatchObject({
    schema: { type: 'integer', minimum: 0, maximum: 65_535 },
    environment: 'PEERAGE_NETWORK_PORT',
    source: 'flag',
    value: 5,
    configured: 6,
    needsRestart: true,
    secret: false,
  })
  expect(config.entry('network.mdns')).toMatchObject({ needsRestart: false, schema: { type: 'boolean' } })
  expect(config.entry('network.hosts').schema).toMatchObject({ type: 'array', items: { type: 'string' } })
  expect(config.entry('secret.proxy')).toMatchObject({ secret: true, description: 'Proxy.' })
  expect(config.entry('preset').schema).toEqual({ type: 'string', enum: ['open', 'circle', 'lan'] })
})

test('what waits for a restart is told until it is put back', async () => {
  const config = await load()
  const seen: unknown[] = []
  const unwatch = config.watch(change => seen.push(change.needsRestart))
  const isPending = (): boolean => config.entry('network.port').isPending
  await config.set('network.port', 9)
  await config.set('network.port', 10)
  expect(isPending()).toBe(true)
  await config.set('network.port', undefined)
  expect(isPending()).toBe(false)
  unwatch()
  await config.set('network.port', 11)
  expect(seen).toEqual([true, true, false])
})

test('a password that was blotted out does not become the password', async () => {
  const proxies = { network: z.object({ proxy: z.string().default('') }) }
  const config = await load({ sections: proxies })
  const { state } = configService({ config })
  const signal = new AbortController().signal
  const set = (value: unknown): Promise<unknown> =>
    configOperations.set.run(
      state as ConfigState,
      { key: 'network.proxy', value },
      { signal },
    ) as Promise<unknown>
  await set('socks5://ann:secret@192.0.2.1:1')
  const shown = await configOperations.get.run(state as ConfigState, { key: 'network.proxy' }, { signal })
  expect(JSON.stringify(shown)).not.toContain('secret@')
  await set((shown as { value: string }).value)
  expect(config.entry('network.proxy').value).toBe('socks5://ann:secret@192.0.2.1:1')
})

test('what a setting was called before counts, and what it is called now counts more', async () => {
  const lists = z.object({ denylists: z.array(z.string()).default([]).describe('Lists.') })
  const options = { sections: { ...sections, ipfs: lists, gateway: z.object({}) } }
  await write({ gateway: { denylists: ['old'] } })
  const config = await load(options)
  expect(config.entry('gateway.denylists')).toMatchObject({
    key: 'ipfs.denylists',
    value: ['old'],
    source: 'file',
  })
  expect(config.list().map(({ key }) => key)).not.toContain('gateway.denylists')
  await config.set('gateway.denylists', ['new'])
  expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).toEqual({
    ipfs: { denylists: ['new'] },
  })
  await write({ ipfs: { denylists: ['now'] }, gateway: { denylists: ['old'] } })
  const environment = { PEERAGE_GATEWAY_DENYLISTS: 'variable' }
  const flags = { 'gateway.denylists': ['flag'] }
  const values = [{}, { environment }, { environment, flags }].map(
    async more => (await load({ ...options, ...more })).entry('ipfs.denylists').value,
  )
  expect(await Promise.all(values)).toEqual([['now'], ['variable'], ['flag']])
})
