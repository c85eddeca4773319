import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers, share } from './peers.ts'

let peers: Peers
beforeEach(() => {
  peers = new Peers()
})
afterEach(() => peers.end())

/** Ann shares a file with Bob by the name that she gave him; both know one another. */
async function annSharesWithBob(): Promise<{ ann: Peer; bob: Peer; link: string }> {
  const ann = await peers.start('ann')
  const bob = await peers.start('bob')
  await ann.contacts.add({ peer: bob.addresses()[0]!, name: 'Bob' })
  await bob.contacts.add({ peer: ann.addresses()[0]!, name: 'Ann' })
  await writeFile(peers.path('letter.txt'), 'for Bob')
  const { link } = await share(ann, peers.path('letter.txt'), { who: ['contact:Bob'] })
  return { ann, bob, link }
}

describe('a person', () => {
  test('is let in by a rule about an earlier key, and by that no more', async () => {
    const { ann, bob, link } = await annSharesWithBob()
    await ann.contacts.verify({ who: 'Bob', confirmed: true })
    const { to } = await bob.identity.rotate({ sure: true })
    await peers.stop(bob)
    const again = await peers.start('bob')
    expect(again.peerId).toBe(to)
    await expect
      .poll(async () => (await ann.contacts.show({ who: 'Bob' })).peer, { timeout: 15_000 })
      .toBe(to)
    expect(await ann.contacts.show({ who: 'Bob' })).toMatchObject({
      trust: 'known',
      formerly: [bob.peerId],
    })
    expect(await get(again, link, peers.path('got'))).toMatchObject({ state: 'complete' })
  })

  test('goes on giving what it shared under an earlier key', async () => {
    const { ann, bob } = await annSharesWithBob()
    const { infoHash } = (await ann.files.list())[0]!
    const { to } = await ann.identity.rotate({ sure: true })
    await peers.stop(ann)
    const again = await peers.start('ann')
    await expect
      .poll(async () => (await bob.contacts.show({ who: 'Ann' })).peer, { timeout: 15_000 })
      .toBe(to)
    const { link } = await again.files.show({ content: infoHash })
    expect(link).toContain(`o=${to}`)
    expect(await get(bob, 'Ann/letter.txt', peers.path('got'))).toMatchObject({ state: 'complete' })
  })

  test('is let in on a device of its own, until that is revoked', async () => {
    const { ann, bob, link } = await annSharesWithBob()
    const phone = await peers.start('phone')
    await phone.contacts.add({ peer: ann.addresses()[0]!, name: 'Ann' })
    const { code } = await phone.identity.join({ main: bob.peerId })
    const added = await bob.identity.add({ code })
    await phone.identity.accept({ code: added.code })
    await expect
      .poll(async () => (await ann.contacts.show({ who: 'Bob' })).devices, { timeout: 15_000 })
      .toMatchObject([{ device: phone.peerId, revoked: false }])
    expect(await get(phone, link, peers.path('phone'))).toMatchObject({ state: 'complete' })
    await bob.identity.revoke({ device: phone.peerId })
    await expect
      .poll(async () => (await ann.contacts.show({ who: 'Bob' })).devices, { timeout: 15_000 })
      .toMatchObject([{ revoked: true }])
    const resource = `content:${(await ann.files.list())[0]!.infoHash}`
    const ask = (peer: string): boolean => ann.check({ subject: { peer }, action: 'read', resource }).allowed
    expect([ask(bob.peerId), ask(phone.peerId)]).toEqual([true, false])
  })

  test('that is blocked is not talked to with any of its keys', async () => {
    const { ann, bob } = await annSharesWithBob()
    const connected = (): boolean => ann.connections().some(({ peer }) => peer === bob.peerId)
    await expect.poll(connected, { timeout: 15_000 }).toBe(true)
    await ann.contacts.block({ who: 'Bob' })
    await expect.poll(connected, { timeout: 15_000 }).toBe(false)
    await ann.contacts.unblock({ who: 'Bob' })
    await expect.poll(connected, { timeout: 30_000 }).toBe(true)
  })
})
