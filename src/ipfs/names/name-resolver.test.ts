import { expect, test } from 'vitest'
import type { KeyValue } from '../../access/index.ts'
import { VirtualWorld } from '../../base/index.ts'
import { ipfsNamesConfig } from './config.ts'
import { NameMemory } from './kept-names.ts'
import { NameResolver } from './name-resolver.ts'

const nothing: KeyValue = { get: () => undefined, put: () => {}, delete: () => {}, entries: () => [] }

test('whoever looks up a domain and gives up waits for no name server', async () => {
  const memory = new NameMemory(nothing, 10)
  const resolver = new NameResolver(
    {
      world: new VirtualWorld(1),
      config: ipfsNamesConfig.parse({}),
      state: nothing,
      routing: { getRecords: async function* () {}, putRecord: async () => ({ peers: 0, servers: 0 }) },
      keys: { open: () => Promise.reject(new Error('There are no keys.')) },
      texts: () => new Promise(() => {}),
    },
    memory,
  )
  const abort = new AbortController()
  const resolved = resolver.resolve('docs.example', abort.signal)
  abort.abort(new Error('enough'))
  await expect(resolved).rejects.toThrow('enough')
})
