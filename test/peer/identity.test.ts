import { afterAll, describe, expect, test } from 'vitest'
import { loadIdentity } from '../../src/access/index.ts'
import { Peers } from './peers.ts'

const peers = new Peers()
afterAll(() => peers.end())

describe('devices', () => {
  test('are added by two codes, act for their person, and are revoked', async () => {
    const main = await peers.start('main')
    const phone = await peers.start('phone')
    const { code } = await phone.identity.join({ main: main.peerId })
    await expect(phone.identity.add({ code })).rejects.toMatchObject({ code: 'statement.invalid' })
    const added = await main.identity.add({ code })
    expect(added.device).toBe(phone.peerId)
    expect(await main.identity.devices()).toMatchObject({
      main: main.peerId,
      isMain: true,
      devices: [{ device: phone.peerId, revoked: false, isThis: false }],
    })
    expect(await phone.identity.accept({ code: added.code })).toMatchObject({
      main: main.peerId,
      isMain: false,
      devices: [{ isThis: true }],
    })
    expect(await phone.identity.show()).toMatchObject({
      person: main.peerId,
      fingerprint: (await main.identity.show()).fingerprint,
    })
    await expect(phone.identity.rotate({ sure: true })).rejects.toMatchObject({ code: 'usage.invalid' })
    await expect(phone.identity.join({ main: main.peerId })).rejects.toMatchObject({ code: 'usage.invalid' })
    await expect(main.identity.revoke({ device: 'nobody' })).rejects.toMatchObject({ code: 'usage.invalid' })
    expect(await main.identity.revoke({ device: phone.peerId.slice(-8) })).toMatchObject({
      devices: [{ revoked: true }],
    })
  })
})

describe('rotation', () => {
  test('gives a new peer id at the next start, and keeps the devices', async () => {
    const main = await peers.start('rotating', {}, { passphrase: 'p' })
    const phone = await peers.start('phone2')
    const { code } = await phone.identity.join({ main: main.peerId })
    await main.identity.add({ code })
    await expect(main.identity.rotate()).rejects.toMatchObject({ code: 'usage.invalid' })
    const { from, to, keptIn } = await main.identity.rotate({ sure: true })
    expect([from, main.peerId]).toEqual([main.peerId, from])
    await expect(main.identity.rotate({ sure: true })).rejects.toMatchObject({ code: 'usage.invalid' })
    await peers.stop(main)
    const again = await peers.start('rotating', {}, { passphrase: 'p' })
    expect(again.peerId).toBe(to)
    expect(await again.identity.devices()).toMatchObject({
      main: to,
      isMain: true,
      devices: [{ device: phone.peerId, revoked: false }],
    })
    expect(await again.identity.revoke({ device: phone.peerId })).toMatchObject({
      devices: [{ revoked: true }],
    })
    expect(keptIn).toContain(from)
  })

  test('leaves an admin of a circle an admin, under its new key only', async () => {
    const ann = await peers.start('founder')
    await ann.circles.create({ name: 'family' })
    const { to } = await ann.identity.rotate({ sure: true })
    await peers.stop(ann)
    const again = await peers.start('founder')
    const { people, role } = await again.circles.show({ circle: 'family' })
    expect([role, people.map(({ peer }) => peer)]).toEqual(['admin', [to]])
    const bob = await peers.start('bobby')
    expect(await again.circles.add({ circle: 'family', who: [bob.peerId] })).toMatchObject({ members: 2 })
  })

  test('a contact that rotates is followed, and has to be verified anew', async () => {
    const ann = await peers.start('ann')
    const bob = await peers.start('bob')
    await bob.contacts.add({ peer: ann.peerId, name: 'Ann' })
    const { fingerprint, code } = await ann.identity.show()
    await expect(bob.contacts.verify({ who: 'Ann', fingerprint: 'aardvark' })).rejects.toMatchObject({
      code: 'usage.invalid',
    })
    expect(await bob.contacts.verify({ who: 'Ann' })).toMatchObject({ theirs: fingerprint, trust: 'known' })
    const other = (await bob.identity.show()).fingerprint.join(' ')
    expect(await bob.contacts.verify({ who: 'Ann', fingerprint: other, confirmed: true })).toMatchObject({
      verdict: 'different',
      trust: 'known',
    })
    expect(await bob.contacts.verify({ who: 'Ann', fingerprint: code })).toMatchObject({
      verdict: 'same',
      trust: 'verified',
    })
    const { to } = await ann.identity.rotate({ sure: true })
    await peers.stop(ann)
    const { handover } = await loadIdentity(peers.home('ann'))
    const again = await peers.start('ann')
    expect(handover).toBeDefined()
    expect((await again.identity.show()).peerId).toBe(to)
  })
})
