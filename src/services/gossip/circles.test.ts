import { describe, expect, it } from 'vitest'
import { encodeGossip } from '../../wire/index.ts'
import { type Member, speaker, Town } from './virtual-town.ts'

/** Peers of which the first founded a circle and let all others in; each knows where the next one is. */
async function circleOf(size: number, seed: number): Promise<{ town: Town; members: Member[]; id: string }> {
  const town = new Town(seed, {}, true)
  const members = Array.from({ length: size }, () => town.add())
  const [founder] = members
  const { id } = founder!.circles.create('family')
  for (let at = 1; at < size; at += 20) {
    const some = members.slice(at, at + 20)
    founder!.circles.change(id, { roles: Object.fromEntries(some.map(({ peerId }) => [peerId, 'member'])) })
  }
  for (const [i, { network }] of members.entries()) network.known.add(members[(i + 1) % size]!.peerId)
  for (const { peerId } of members) town.introducers.add(peerId)
  town.start()
  await town.pass(60_000)
  return { town, members, id }
}

describe('a circle', () => {
  it('is known to all of thirty members, and the removal of one within a second', async () => {
    const { town, members, id } = await circleOf(30, 11)
    for (const { circles } of members) expect(circles.members(id).size).toBe(30)
    const bytes = town.internet.bytes
    await town.pass(600_000)
    expect(town.internet.bytes).toBe(bytes)

    const [founder, removed, ...others] = members
    founder!.circles.change(id, { roles: { [removed!.peerId]: 'removed' } })
    await town.pass(1_000)
    for (const { circles } of others) expect(circles.role(id, removed!.peerId)).toBeUndefined()
    expect(removed!.circles.get(id)?.role).toBeUndefined()
    // What comes later is none of its business.
    founder!.circles.change(id, { name: 'without you' })
    await town.pass(60_000)
    expect(others.every(({ circles }) => circles.get(id)?.name === 'without you')).toBe(true)
    expect(removed!.circles.get(id)?.name).toBe('family')
    for (const { events } of members) expect(events).toEqual([])
  }, 60_000)

  it('tells who was away that it was removed, and nothing more', async () => {
    const { town, members, id } = await circleOf(4, 12)
    const [founder, away, third] = members
    away!.network.setOnline(false)
    founder!.circles.change(id, { roles: { [away!.peerId]: 'removed' } })
    founder!.circles.change(id, { name: 'without you' })
    await town.pass(2_000)
    founder!.network.setOnline(false)
    expect(third!.circles.get(id)?.name).toBe('without you')
    away!.network.setOnline(true)
    await town.pass(120_000)
    expect(away!.circles.get(id)).toMatchObject({ role: undefined, name: 'family' })
  })

  it('hears that somebody left', async () => {
    const { town, members, id } = await circleOf(5, 13)
    const [, leaving] = members
    leaving!.circles.leave(id)
    await town.pass(1_000)
    for (const { circles } of members) expect(circles.members(id).has(leaving!.peerId)).toBe(false)
  })

  it('lets in whom an admin let in of whom the others have not heard', async () => {
    const { town, members, id } = await circleOf(3, 14)
    const [founder, ben] = members
    const newcomer = town.add()
    newcomer.gossip.start()
    // The founder hands it what it signed, and is gone before it can tell anybody else.
    for (const { network } of members) network.setOnline(false)
    founder!.circles.change(id, { roles: { [newcomer.peerId]: 'member' } })
    await newcomer.circles.receive(founder!.circles.statements(id, founder!.circles.ids(id)))
    ben!.network.setOnline(true)
    newcomer.network.known.add(ben!.peerId)
    newcomer.network.setOnline(true)
    await town.pass(5_000)
    expect(ben!.circles.role(id, newcomer.peerId)).toBe('member')
    expect(newcomer.gossip.peers).toEqual([ben!.peerId])
  })

  it('brings together those that knew only who made it', async () => {
    const town = new Town(20, {}, true)
    const [founder, ...others] = Array.from({ length: 5 }, () => town.add())
    // They are contacts of each other before there is a circle.
    for (const { peerId, network } of others) {
      founder!.contacts.add(peerId)
      network.known.add(founder!.peerId)
    }
    for (const { contacts } of others) contacts.add(founder!.peerId)
    town.start()
    await town.pass(5_000)
    expect(others.map(({ gossip }) => gossip.peers)).toEqual(others.map(() => [founder!.peerId]))
    const { id } = founder!.circles.create('family')
    const roles = Object.fromEntries(others.map(({ peerId }) => [peerId, 'member' as const]))
    founder!.circles.change(id, { roles })
    await town.pass(5_000)
    for (const { gossip } of others) expect(gossip.peers).toHaveLength(4)
  })

  it('with a long history is told as a whole to who comes new', async () => {
    const { town, members, id } = await circleOf(2, 15)
    const [founder, ben] = members
    for (let i = 0; i < 150; i++) founder!.circles.change(id, { name: `family ${i}` })
    await town.pass(2_000)
    expect(ben!.circles.ids(id)).toHaveLength(152)
    const newcomer = town.add()
    town.introducers.add(newcomer.peerId)
    founder!.circles.change(id, { roles: { [newcomer.peerId]: 'guest' } })
    founder!.network.known.add(newcomer.peerId)
    newcomer.gossip.start()
    founder!.changed()
    await town.pass(5_000)
    expect(newcomer.circles.ids(id)).toHaveLength(153)
    expect(newcomer.events).toEqual([])
  })

  it('is not there for strangers, nor can they bring one', async () => {
    const { town, members, id } = await circleOf(2, 16)
    const [founder] = members
    const { stream, heard } = await speaker(town, founder!)
    const topics = [`circle:${id}`, `circle:${'ab'.repeat(32)}`]
    const have = new Map(topics.map(topic => [topic, new Uint8Array(32)]))
    stream.send(encodeGossip({ type: 'have', topics: have }))
    for (const topic of topics) stream.send(encodeGossip({ type: 'want', topic, ids: [] }))
    await town.pass(1_000)
    expect(heard).toEqual(topics.map(topic => ({ type: 'want', topic, ids: [] })))

    const other = new Town(17, {}, true).add()
    const made = other.circles.create('spam').id
    other.circles.change(made, { roles: { [founder!.peerId]: 'member' } })
    const statements = other.circles.statements(made, other.circles.ids(made))
    stream.send(encodeGossip({ type: 'tell', topic: `circle:${made}`, statements }))
    await town.pass(1_000)
    expect(founder!.circles.get(made)).toBeUndefined()
    expect(founder!.events).toEqual([])
  })

  it('that is new is kept in bounded room until all of it has come', async () => {
    const { town, members } = await circleOf(2, 18)
    const [founder] = members
    const { stream } = await speaker(town, founder!)
    town.introducers.add([...town.strangers][0]!)
    const other = new Town(19, {}, true).add()
    const made = other.circles.create('new').id
    other.circles.change(made, { roles: { [founder!.peerId]: 'member' } })
    const [first, second] = other.circles.statements(made, other.circles.ids(made))
    const topic = `circle:${made}`
    stream.send(encodeGossip({ type: 'tell', topic, statements: [first!], more: true }))
    await town.pass(1_000)
    expect(founder!.circles.get(made)).toBeUndefined()
    stream.send(encodeGossip({ type: 'tell', topic, statements: [second!] }))
    await town.pass(1_000)
    expect(founder!.circles.get(made)?.role).toBe('member')
  })
})
