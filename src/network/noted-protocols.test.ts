import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId, PeerStore } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, it } from 'vitest'
import { noteProtocolsOnce } from './noted-protocols.ts'

/** Tells which writes came through. */
async function setUp() {
  const writes: string[] = []
  const write =
    (name: string) =>
    async (id: PeerId, data: { readonly protocols?: string[] } = {}): Promise<unknown> => {
      writes.push(`${name} ${data.protocols ?? ''}`.trim())
      return { id, ...data }
    }
  const store = Object.fromEntries(
    ['merge', 'save', 'patch', 'delete'].map(name => [name, write(name)]),
  ) as unknown as PeerStore
  noteProtocolsOnce(store)
  const id = async (): Promise<PeerId> => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  return { store, writes, one: await id(), other: await id() }
}

it('says once of each peer which protocol it speaks, and everything else each time', async () => {
  const { store, writes, one, other } = await setUp()
  const first = await store.merge(one, { protocols: ['/a'] })
  expect(await store.merge(one, { protocols: ['/a'] })).toBe(first)
  await store.merge(one, { protocols: ['/b'] })
  await store.merge(other, { protocols: ['/a'] })
  await store.merge(one, { protocols: ['/a', '/b'] })
  await store.merge(one, { protocols: ['/a'], tags: {} })
  expect(writes).toEqual(['merge /a', 'merge /b', 'merge /a', 'merge /a,/b', 'merge /a'])
})

it.each(['save', 'patch', 'delete'] as const)('says it again after %s, which may have lost it', async way => {
  const { store, writes, one, other } = await setUp()
  for (const id of [one, other]) await store.merge(id, { protocols: ['/a'] })
  await store[way](one, {})
  writes.length = 0
  for (const id of [one, other]) await store.merge(id, { protocols: ['/a'] })
  expect(writes).toEqual(['merge /a'])
})

it('says it again after a write that failed', async () => {
  const { store, writes, one } = await setUp()
  const stop = AbortSignal.abort(new Error('stopped'))
  const refusing = { ...store, merge: async () => Promise.reject(stop.reason) } as unknown as PeerStore
  noteProtocolsOnce(refusing)
  await expect(refusing.merge(one, { protocols: ['/a'] })).rejects.toThrow('stopped')
  await expect(refusing.merge(one, { protocols: ['/a'] })).rejects.toThrow('stopped')
  expect(writes).toEqual([])
})
