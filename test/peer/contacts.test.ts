import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { getUntil, Peers, share } from './peers.ts'

const peers = new Peers()
afterAll(() => peers.end())

describe('contacts', () => {
  test('are added by address, connected by that, seen, and there after a restart', async () => {
    const ann = await peers.start('ann')
    const bob = await peers.start('bob')
    await bob.contacts.add({ peer: ann.addresses()[0]!, name: 'Ann' })
    expect(await bob.contacts.list()).toMatchObject([
      { name: 'Ann', peer: ann.peerId, trust: 'known', connected: false },
    ])
    await expect(bob.contacts.add({ peer: bob.peerId, name: 'Me' })).rejects.toMatchObject({
      code: 'usage.invalid',
    })
    const again = await peers.start('carol')
    await expect(again.contacts.show({ who: 'Ann' })).rejects.toMatchObject({ code: 'contact.unknown' })
    await peers.stop(bob)
    const restarted = await peers.start('bob')
    expect(await restarted.contacts.show({ who: 'ann' })).toMatchObject({
      name: 'Ann',
      peer: ann.peerId,
      devices: [],
    })
  })

  test('are banned by name, too', async () => {
    const ann = await peers.start('ann3')
    const bob = await peers.start('bob3')
    await bob.contacts.add({ peer: ann.peerId, name: 'Ann' })
    expect(await bob.reach.ban({ whom: 'ann' })).toMatchObject({ name: ann.peerId, contact: 'Ann' })
    expect(await bob.reach.bans()).toMatchObject([{ name: ann.peerId, contact: 'Ann', kind: 'user' }])
    expect(await bob.reach.unban({ whom: 'Ann' })).toMatchObject({ was: true })
    await expect(bob.reach.ban({ whom: 'nobody' })).rejects.toMatchObject({ code: 'usage.invalid' })
  })

  test('stand by their names among the peers of a swarm', async () => {
    const ann = await peers.start('ann4')
    const bob = await peers.start('bob4', { 'files.downloadBytesPerSecond': 100_000 })
    await bob.contacts.add({ peer: ann.peerId, name: 'Ann' })
    await writeFile(peers.path('large'), new Uint8Array(4_000_000).fill(7))
    const { link } = await share(ann, peers.path('large'))
    await getUntil(bob, link, peers.path('got'), ({ peers: who }) => who.length > 0)
    const [row] = await bob.files.peers()
    expect(row).toMatchObject({ peer: ann.peerId, contact: 'Ann' })
    expect((await ann.files.peers())[0]).not.toHaveProperty('contact')
  })

  test('are written to a file for nobody else to read, and read from it', async () => {
    const ann = await peers.start('ann2')
    const bob = await peers.start('bob2')
    await bob.contacts.add({ peer: ann.peerId, name: 'Ann', note: 'x' })
    await bob.contacts.block({ who: 'Ann' })
    const file = peers.path('book.json')
    expect(await bob.contacts.export({ file })).toEqual({ file, contacts: 1 })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ contacts: [{ name: 'Ann' }] })
    await expect(bob.contacts.export({ file })).rejects.toMatchObject({ code: 'store.exists' })
    const carol = await peers.start('carol2')
    expect(await carol.contacts.import({ file })).toMatchObject({ added: 1 })
    expect(await carol.contacts.list()).toMatchObject([{ name: 'Ann', trust: 'known', note: 'x' }])
    await expect(carol.contacts.import({ file: peers.path('none') })).rejects.toMatchObject({
      code: 'store.source-unreadable',
    })
  })
})
