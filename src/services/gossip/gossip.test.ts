import { describe, expect, it } from 'vitest'
import { consentToBeDevice, identityFromSeed } from '../../access/index.ts'
import { encodeGossip } from '../../wire/index.ts'
import { gossipProtocol } from './gossip.ts'
import { day, pair, speaker, Town } from './virtual-town.ts'

describe('gossip among thirty members', () => {
  it('brings a revocation to everybody within seconds, and is silent afterwards', async () => {
    const town = new Town(5)
    for (let i = 0; i < 30; i++) town.add()
    // Each knows one other only: where the rest is, they tell one another.
    town.members.forEach(({ network }, i) => {
      const other = town.members[(i + 1) % town.members.length]!
      network.known.add(other.peerId)
    })
    town.start()
    await town.pass(60_000)
    expect(Math.min(...town.members.map(({ gossip }) => gossip.peers.length))).toBeGreaterThanOrEqual(8)

    const before = town.internet.bytes
    await town.pass(600_000)
    expect(town.internet.bytes).toBe(before)

    const [author] = town.members
    const id = town.revoke(author!)
    await town.pass(500)
    expect(town.knowing(author!, id)).toHaveLength(30)
  })

  it('reaches those that were away, from any member that was not', async () => {
    const town = new Town(6)
    for (let i = 0; i < 6; i++) town.add()
    for (const { network } of town.members)
      for (const { peerId } of town.members) if (peerId !== network.peerId) network.known.add(peerId)
    town.start()
    await town.pass(5_000)
    const [author, away, ...others] = town.members
    away!.network.setOnline(false)
    const id = town.revoke(author!)
    await town.pass(2_000)
    author!.network.setOnline(false)
    away!.network.setOnline(true)
    await town.pass(5_000)
    expect(town.knowing(author!, id)).toHaveLength(6)
    expect(others.every(({ gossip }) => gossip.peers.length >= 4)).toBe(true)
  })
})

describe('two peers', () => {
  it('have one stream, although both opened one at the same moment', async () => {
    const { town, ann, ben } = pair()
    town.start()
    await town.pass(5_000)
    expect(ann.gossip.peers).toEqual([ben.peerId])
    expect(ben.gossip.peers).toEqual([ann.peerId])
    expect(ann.network.streams.size).toBe(1)
  })

  it('begin nothing any more when one stops while it dials', async () => {
    const { town, ann, ben } = pair()
    ben.network.known.clear()
    town.start()
    await town.pass(10)
    expect(town.internet.dials).toBe(1)
    ann.gossip.stop()
    let written = 0
    ann.state.put = () => void written++
    await town.pass(10_000)
    expect(ann.gossip.peers).toEqual([])
    expect(ben.gossip.peers).toEqual([])
    expect(written).toBe(0)
  })

  it('tell device lists, each what the other lacks', async () => {
    const { town, ann, ben } = pair()
    const phone = identityFromSeed(town.world.random.bytes(32))
    ann.people.addDevice(ann.identity, consentToBeDevice(phone, ann.peerId, 1), 1)
    town.start()
    await town.pass(3_000)
    expect(ben.people.principal(phone.peerId)).toBe(ann.peerId)
    ann.people.revokeDevice(ann.identity, phone.peerId, 2)
    await town.pass(100)
    expect(ben.people.principal(phone.peerId)).toBeUndefined()
    expect([...ann.events, ...ben.events]).toEqual([])
  })

  it('settle without a fault when one of them is behind', async () => {
    const { town, ann, ben } = pair()
    const phone = identityFromSeed(town.world.random.bytes(32))
    ann.people.addDevice(ann.identity, consentToBeDevice(phone, ann.peerId, 1), 1)
    for (const statement of ann.people.statementsOf(ann.peerId)) ben.people.receive(statement)
    ann.people.revokeDevice(ann.identity, phone.peerId, 2)
    town.start()
    await town.pass(3_000)
    expect(ben.people.principal(phone.peerId)).toBeUndefined()
    expect([...ann.events, ...ben.events]).toEqual([])
  })

  it('begin again after one was gone, and do not dial in vain for ever', async () => {
    const { town, ann, ben } = pair()
    town.start()
    await town.pass(3_000)
    ben.network.setOnline(false)
    await town.pass(60_000)
    const dials = town.internet.dials
    await town.pass(3_600_000 * 4)
    expect(town.internet.dials - dials).toBeLessThan(60)
    ben.network.setOnline(true)
    await town.pass(3_000)
    expect(ann.gossip.peers).toEqual([ben.peerId])
  }, 60_000)

  it('find each other again after a restart by what was kept', async () => {
    const { town, ann, ben } = pair()
    town.start()
    await town.pass(10_000)
    for (const member of [ann, ben]) {
      member.gossip.stop()
      member.network.known.clear()
    }
    await town.pass(1_000)
    town.restart(ann)
    town.restart(ben)
    town.start()
    await town.pass(3_000)
    expect(ann.gossip.peers).toEqual([ben.peerId])
  })
})

describe('a stranger', () => {
  it('is told nothing, and asked the same about what is here and what is not', async () => {
    const { town, ann } = pair()
    town.revoke(ann)
    town.start()
    await town.pass(3_000)
    const { stream, heard } = await speaker(town, ann)
    expect(heard).toEqual([])
    const [held, none] = [`revoked:${ann.peerId}`, `revoked:${stream.peer}1`]
    const digest = new Uint8Array(32)
    stream.send(encodeGossip({ type: 'have', topics: new Map([held, none].map(topic => [topic, digest])) }))
    for (const topic of [held, none]) stream.send(encodeGossip({ type: 'want', topic, ids: [] }))
    await town.pass(1_000)
    expect(heard).toEqual([held, none].map(topic => ({ type: 'want', topic, ids: [] })))
    expect(ann.events).toEqual([])
  })

  it('becomes a fellow by what it tells', async () => {
    const { town, ann } = pair()
    town.start()
    const { stream, heard } = await speaker(town, ann)
    town.revoke(ann)
    await town.pass(1_000)
    expect(heard).toEqual([])
    // Whatever says so: here the test.
    town.strangers.clear()
    ann.changed()
    await town.pass(1_000)
    expect(heard.map(({ type }) => type)).toEqual(['have', 'where'])
    await town.pass(60_000)
    stream.send(encodeGossip({ type: 'want', topic: `revoked:${ann.peerId}`, ids: [] }))
    await town.pass(1_000)
    expect(heard.at(-1)).toMatchObject({ type: 'tell', topic: `revoked:${ann.peerId}` })
  })

  it('does not stay for ever, and there are never many of them', async () => {
    const { town, ann } = pair({ maxStrangers: 3 })
    town.start()
    for (let i = 0; i < 6; i++) await speaker(town, ann)
    expect(ann.gossip.peers).toHaveLength(4)
    await town.pass(31_000)
    expect(ann.gossip.peers).toHaveLength(1)
  })

  it('is left when it says too much', async () => {
    const { town, ann } = pair({ strangerBytes: 1_000 })
    town.start()
    const { stream } = await speaker(town, ann)
    const statements = [new Uint8Array(1_100)]
    stream.send(encodeGossip({ type: 'tell', topic: 'circle:1', statements }))
    await town.pass(1_000)
    expect(ann.events).toMatchObject([{ type: 'gossip.refused', code: 'wire.limit' }])
    expect(ann.gossip.peers).not.toContain(ann.events[0]!.peer)
  })

  it('can introduce a bounded number of topics', async () => {
    const { town, ann } = pair({ introductions: 2 })
    town.start()
    const { stream, heard } = await speaker(town, ann)
    const topics = new Map(['circle:1', 'circle:2', 'circle:3'].map(topic => [topic, new Uint8Array(32)]))
    stream.send(encodeGossip({ type: 'have', topics }))
    await town.pass(1_000)
    expect(heard).toHaveLength(2)
  })
})

describe('a peer that does wrong', () => {
  it('is left, told of, and does not disturb anybody', async () => {
    const { town, ann } = pair()
    town.start()
    const { stream } = await speaker(town, ann)
    stream.send(Uint8Array.of(0, 0, 2, 1, 2))
    await town.pass(1_000)
    expect(ann.events).toMatchObject([{ type: 'gossip.refused', code: 'bencode.invalid' }])
    expect(ann.gossip.peers).toHaveLength(1)
  })

  it('is left alone after some forged statements', async () => {
    const { town, ann } = pair({ faultsPerMinute: 3 })
    town.start()
    const { stream } = await speaker(town, ann)
    const peer = ann.gossip.peers.find(one => town.strangers.has(one))!
    const other = new Town(9).add()
    town.revoke(other)
    const forged = other.revocations.statementOf(other.peerId)!.slice()
    forged[forged.length - 1]! ^= 1
    const tell = { type: 'tell', topic: `revoked:${other.peerId}`, statements: [forged] } as const
    for (let i = 0; i < 3; i++) stream.send(encodeGossip(tell))
    await town.pass(1_000)
    expect(ann.events.map(({ code }) => code)).toEqual(Array(3).fill('statement.invalid'))
    expect(ann.gossip.peers).not.toContain(peer)
    expect(ann.revocations.number(other.peerId)).toBe(0)
  })

  it('that asks too often is not answered', async () => {
    const { town, ann } = pair({ wantsPerMinute: 3, faultsPerMinute: 2 })
    town.start()
    town.revoke(ann)
    const { stream, heard } = await speaker(town, ann)
    town.strangers.clear()
    for (let i = 0; i < 6; i++)
      stream.send(encodeGossip({ type: 'want', topic: `revoked:${ann.peerId}`, ids: [] }))
    await town.pass(1_000)
    expect(heard.filter(({ type }) => type === 'tell')).toHaveLength(3)
    expect(ann.events.map(({ code }) => code)).toEqual(['wire.limit', 'wire.limit'])
  })

  it('that asks and does not read fills no memory', async () => {
    const { town, ann } = pair({ wantsPerMinute: 1_000, burstBytes: 1_000_000_000 })
    town.start()
    ann.revocations.revoke(
      Array.from({ length: 500 }, (_, i) => ({
        id: i.toString(16).padStart(64, '0'),
        expires: town.world.wallTime() + day,
      })),
    )
    const { stream } = await speaker(town, ann)
    town.strangers.clear()
    stream.pause()
    for (let i = 0; i < 900; i++)
      stream.send(encodeGossip({ type: 'want', topic: `revoked:${ann.peerId}`, ids: [] }))
    await town.pass(20_000)
    const [mine] = [...ann.network.streams].filter(({ peer }) => ann.gossip.peers.includes(peer)).slice(-1)
    expect(mine!.bufferedBytes).toBeGreaterThan(1_000_000)
    expect(mine!.bufferedBytes).toBeLessThan(2_200_000)
  })

  it('is refused when the user blocked it, at once', async () => {
    const { town, ann, ben } = pair()
    town.start()
    await town.pass(3_000)
    town.relations.set(ben.peerId, 'refused')
    ann.changed()
    await town.pass(1_000)
    expect(ann.gossip.peers).toEqual([])
    await town.pass(60_000)
    expect(ann.gossip.peers).toEqual([])
  })

  it('that comes again and again is not let in for a while', async () => {
    const { town, ann } = pair({ opensPerMinute: 2 })
    town.start()
    const { stream } = await speaker(town, ann)
    const again = async (): Promise<boolean> => {
      const opening = town.internet.nodes.get(ann.peerId)!
      const other = [...town.internet.nodes.values()].find(({ peerId }) => town.strangers.has(peerId))!
      const opened = other.open(opening.peerId, gossipProtocol)
      await town.pass(100)
      let isOpen = true
      ;(await opened).onClose(() => {
        isOpen = false
      })
      await town.pass(100)
      return isOpen
    }
    stream.abort(new Error('again'))
    expect([await again(), await again(), await again()]).toEqual([true, false, false])
  })

  it('is not talked to beyond the number of conversations', async () => {
    const town = new Town(3, { maxConversations: 3 })
    for (let i = 0; i < 8; i++) town.add()
    for (const { network } of town.members)
      for (const { peerId } of town.members) if (peerId !== network.peerId) network.known.add(peerId)
    town.start()
    await town.pass(60_000)
    for (const { gossip } of town.members) expect(gossip.peers.length).toBeLessThanOrEqual(3)
  })
})
