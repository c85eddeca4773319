import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditRow } from '../../src/access/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let owner: Peer
let friend: Peer
beforeAll(async () => {
  owner = await peers.start('owner')
  friend = await peers.start('friend')
  await owner.contacts.add({ peer: friend.peerId, name: 'anna' })
})
afterAll(() => peers.end())

const shareOf = (name: string, seed: number): Promise<{ link: string; infoHash: string }> =>
  share(owner, makeTree(peers.path('src', name), { 'a.bin': bytesOf(seed, 100_000) }), {
    who: [`peer:${owner.peerId}`],
  })

const refusal = (run: Promise<unknown>): Promise<unknown> => codeOf(run)

describe('permissions by the names that the user knows', () => {
  it('allow, explain, deny, and take back', async () => {
    const { link, infoHash } = await shareOf('Summer', 1)
    const ask = () => owner.access.explain({ peer: 'anna', action: 'read', resource: 'Summer' })
    expect(await ask()).toMatchObject({
      name: 'anna',
      title: 'Summer',
      allowed: false,
      reason: 'no rule allows it',
    })
    const details = await owner.access.allow({
      who: 'anna',
      action: [],
      resource: 'Summer',
      bytes: '1GB',
      hours: '00:00-24:00',
    })
    expect(details.rules).toContainEqual({
      subject: `peer:${friend.peerId}`,
      who: 'anna',
      effect: 'allow',
      actions: ['list', 'read', 'serve'],
      bounds: ['at 00:00-24:00', '1 GB in all'],
      limits: { hours: '00:00-24:00', bytes: 1e9 },
    })
    const answer = await ask()
    expect(answer).toMatchObject({
      allowed: true,
      rule: 'anna',
      reason: 'the rule "anna" allows it',
      bytesLeft: 1e9,
    })
    expect(answer.until).toBeGreaterThan(Date.now())
    expect(
      answer.steps.some(step => step.startsWith('anna: allow list, read, serve') && step.endsWith('yes')),
    ).toBe(true)
    await get(friend, link, peers.path('friend'))
    expect(treeOf(peers.path('friend', 'Summer'))).toEqual(treeOf(peers.path('src', 'Summer')))

    await owner.access.deny({ who: `peer:${friend.peerId}`, action: ['read'], resource: infoHash })
    expect(await ask()).toMatchObject({ allowed: false, reason: 'the rule "anna" denies it' })
    expect(await owner.access.explain({ peer: 'anna', action: 'list', resource: 'Summer' })).toMatchObject({
      allowed: true,
    })
    expect(await owner.access.remove({ who: 'anna', resource: link })).toMatchObject({ was: true })
    expect(await owner.access.remove({ who: 'anna', resource: link })).toMatchObject({ was: false })
    expect(await ask()).toMatchObject({ allowed: false, reason: 'no rule allows it' })
  })

  it('are about any resource, also one that nobody spoke of before', async () => {
    await owner.access.allow({
      who: 'contacts',
      action: ['use'],
      resource: 'test:lamp',
      uses: 3,
      lanOnly: true,
    })
    const ask = (onLan: boolean) =>
      owner.access.explain({ peer: 'anna', action: 'use', resource: 'test:lamp', onLan })
    expect(await ask(false)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('local network'),
    })
    expect(await ask(true)).toMatchObject({ allowed: true, rule: 'contacts' })
    const rows = await owner.access.list()
    expect(rows).toContainEqual({ resource: 'test:lamp', title: 'test:lamp', who: ['contacts'], denied: [] })
    expect(rows.some(({ title, who }) => title === 'Summer' && who.includes('you'))).toBe(true)
  })

  it('say the secret of a link, when asked as if', async () => {
    const { infoHash } = await share(owner, makeTree(peers.path('src', 'Secret'), { a: bytesOf(5, 10) }), {
      who: ['secret'],
    })
    const ask = (withSecret: boolean) =>
      owner.access.explain({ peer: 'anna', action: 'read', resource: infoHash, withSecret })
    expect((await ask(false)).allowed).toBe(false)
    expect((await ask(true)).allowed).toBe(true)
  })

  it('refuse what they do not know', async () => {
    const rule = { who: 'anna', action: ['read' as const], resource: 'Summer' }
    expect(await refusal(owner.access.allow({ ...rule, who: 'nobody' }))).toBe('contact.unknown')
    expect(await refusal(owner.access.allow({ ...rule, who: 'circle:none' }))).toBe('circle.unknown')
    expect(await refusal(owner.access.allow({ ...rule, resource: 'Winter' }))).toBe('content.unknown')
    expect(await refusal(owner.access.allow({ ...rule, bytes: 'much' }))).toBe('usage.invalid')
    expect(await refusal(owner.access.allow({ ...rule, until: '2020-01-01' }))).toBe('usage.invalid')
    expect(await refusal(owner.access.show({ resource: 'test:nothing' }))).toBe('content.unknown')
    await owner.access.reset({ resource: 'Summer' })
  })

  it('the log names rules as the user does, and its file as policies do', async () => {
    const { id } = await owner.circles.create({ name: 'family' })
    await owner.circles.add({ circle: 'family', who: ['anna'] })
    const { link } = await shareOf('Winter', 7)
    await owner.access.allow({ who: 'circle:family/member', action: [], resource: 'Winter' })
    await get(friend, link, peers.path('friend'))
    const given: AuditRow[] = []
    for await (const row of owner.access.audit({ resource: 'Winter', refused: false })) given.push(row)
    const rule = `circle:${id}/member`
    expect(given).toContainEqual(
      expect.objectContaining({ rule, reason: 'the rule "members of family" allows it' }),
    )
    const file = fs.readFileSync(`${peers.home('owner')}/audit.log`, 'utf8')
    expect(file).toContain(JSON.stringify(`the rule "${rule}" allows it`))
    expect(file).not.toContain('family')
  })

  it('the log of who asked is whole, and can be followed', async () => {
    expect(await owner.access.verify({})).toMatchObject({ problems: [] })
    const rows: AuditRow[] = []
    for await (const row of owner.access.audit({ limit: 5 })) rows.push(row)
    expect(rows.length).toBeLessThanOrEqual(5)
  })
})

describe('what a person may have', () => {
  it('is told in one list, with limits, and the rule that decided', async () => {
    const { infoHash } = await shareOf('List', 31)
    await owner.access.allow({ who: 'contacts', action: [], resource: infoHash, rate: '1MB/s' })
    const ask = async () =>
      (await owner.access.of({ peer: 'anna' })).find(row => row.resource === `content:${infoHash}`)
    expect(await ask()).toEqual({
      resource: `content:${infoHash}`,
      title: 'List',
      allowed: true,
      subject: 'contacts',
      who: 'contacts',
      limits: { bytesPerSecond: 1e6 },
    })
    await owner.access.deny({ who: 'anna', action: [], resource: infoHash })
    expect(await ask()).toMatchObject({ allowed: false, who: 'anna' })
    const { rules, by } = await owner.access.explain({ peer: 'anna', action: 'read', resource: infoHash })
    expect(by).toBe(`peer:${friend.peerId}`)
    expect(rules.map(({ who, outcome }) => `${who} ${outcome}`)).toEqual([
      'anna denies',
      'you other-peer',
      'contacts outranked',
    ])
  })

  it('and changes of it are told, as what is asked for', async () => {
    const { infoHash, link } = await shareOf('Told', 32)
    const resource = `content:${infoHash}`
    // What changed shortly before may be told with it.
    const heard = nextEvent(
      owner,
      'access.changed',
      one => one.resource === undefined || one.resource === resource,
    )
    await owner.access.allow({ who: 'contacts', action: [], resource: infoHash })
    await heard
    const recorded = nextEvent(owner, 'audit.recorded', ({ lines }) => lines > 0)
    await get(friend, link, peers.path('told'))
    await recorded
  })
})

describe('the audit log', () => {
  it('is read page by page, from the end', async () => {
    const page = async (before?: number): Promise<number[]> => {
      const rows: number[] = []
      const input = { limit: 2, ...(before !== undefined && { before }) }
      for await (const row of owner.access.audit(input)) rows.push(row.sequence)
      return rows
    }
    const last = await page()
    expect(last).toHaveLength(2)
    expect(await page(last[0])).toEqual([last[0]! - 2, last[0]! - 1])
    expect(await page(1)).toEqual([])
  })
})
