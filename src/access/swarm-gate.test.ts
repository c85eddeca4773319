import { describe, expect, test } from 'vitest'
import { toHex, VirtualWorld } from '../base/index.ts'
import { decodeSwarmAnswer, decodeSwarmHello, encodeSwarmAnswer, encodeSwarmHello } from '../wire/index.ts'
import { Access, contentResource } from './access.ts'
import { defaultAccessConfig } from './config.ts'
import { issueGrant, openGrant } from './grant.ts'
import { Grants } from './grants.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import type { Policy, SubjectRule } from './policy.ts'
import { Revocations } from './revocations.ts'
import { identityFromSeed } from './signing.ts'
import { noStanding, type Role, type Standing, type Trust } from './standing.ts'
import { type AnswerVerdict, type HelloVerdict, SwarmGate } from './swarm-gate.ts'

const infoHash = new Uint8Array(32).fill(0xab)
const unknown = new Uint8Array(32).fill(0xcd)
const resource = contentResource(infoHash)
const day = 86_400_000

/** Who is in which circle, as everybody knows at once. */
type Circles = Map<string, Map<string, Role>>

class Person {
  readonly access: Access
  readonly grants: Grants
  readonly gate: SwarmGate
  readonly peerId: string
  readonly state = new MemoryKeyValue()
  readonly revocations: Revocations
  readonly trust = new Map<string, Trust>()
  readonly #changed = new Set<() => void>()

  constructor(world: VirtualWorld, seed: number, circles: Circles) {
    const identity = identityFromSeed(new Uint8Array(32).fill(seed))
    this.peerId = identity.peerId
    const { state } = this
    this.revocations = new Revocations({
      identity,
      state,
      now: () => world.wallTime(),
      relevance: () => 'owner',
      maxLists: 8,
    })
    const standing: Standing = {
      ...noStanding,
      trust: peer => this.trust.get(peer),
      role: (circle, peer) => circles.get(circle)?.get(peer),
      isRevoked: (issuer, id) => this.revocations.isRevoked(issuer, id),
      onChanged: listener => {
        this.#changed.add(listener)
        return this.revocations.onChanged(listener)
      },
    }
    this.access = new Access({ self: identity.peerId, world, state, standing })
    const { access, revocations } = this
    this.grants = new Grants({ access, identity, state, revocations, standing })
    this.gate = new SwarmGate({ access, grants: this.grants, world })
  }

  /** What was learned about people counts now. */
  hears(): void {
    for (const listener of this.#changed) listener()
  }

  /** The best grant that is held for the content, as somebody who is in all circles gets to see it. */
  shows(to: Person): Uint8Array | undefined {
    return this.access.held.shownTo(to.peerId, resource)[0]
  }

  shares(...subjects: SubjectRule[]): void {
    this.access.setPolicy(resource, allow(...subjects))
  }

  takes(from: Person): void {
    this.access.adopt(resource, from.access.terms(resource))
  }

  /** One stream to `other`: hello, answer, judgement. */
  meets(other: Person, hash = infoHash): { theirs: HelloVerdict; mine: AnswerVerdict } {
    const theirs = other.gate.receive(body(this.gate.hello(hash, other.peerId)), this.peerId)
    return { theirs, mine: this.gate.confirm(hash, body(theirs.answer), other.peerId) }
  }

  isLetInBy(other: Person): boolean {
    const { theirs, mine } = this.meets(other)
    return theirs.accepted && mine.accepted
  }
}

function allow(...subjects: SubjectRule[]): Policy {
  return { subjects, actions: ['list', 'read', 'serve'] }
}

/** A frame without its prefix. */
function body(frame: Uint8Array): Uint8Array {
  return frame.subarray(2)
}

function setUp() {
  const world = new VirtualWorld(1)
  const circles: Circles = new Map()
  const [owner, bob, carol, eve] = [1, 2, 3, 4].map(seed => new Person(world, seed, circles)) as [
    Person,
    Person,
    Person,
    Person,
  ]
  return { world, owner, bob, carol, eve, circles }
}

describe('a swarm for everyone', () => {
  test('lets all in, and its members let in all', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('everyone')
    bob.takes(owner)
    eve.takes(owner)
    expect(bob.isLetInBy(owner)).toBe(true)
    expect(eve.isLetInBy(bob)).toBe(true)
  })
})

describe('a swarm by secret', () => {
  test('lets in who has the link, members too, while the owner is away', () => {
    const { owner, bob, carol } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    carol.takes(owner)
    expect(bob.isLetInBy(owner)).toBe(true)
    expect(carol.isLetInBy(bob)).toBe(true)
    expect(owner.isLetInBy(carol)).toBe(true)
  })

  test('keeps out who knows the info hash only, and who has an old link', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    eve.access.adopt(resource, {})
    expect(eve.meets(owner).mine).toMatchObject({ accepted: false, refused: true })
    expect(eve.meets(bob).mine).toMatchObject({ accepted: false, refused: true })
    owner.access.renewSecret(resource)
    expect(bob.isLetInBy(owner)).toBe(false)
  })

  test('a proof that was received is worth nothing elsewhere or handed back', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    const toEve = bob.gate.hello(infoHash, eve.peerId)
    expect(owner.gate.receive(body(toEve), eve.peerId).accepted).toBe(false)
    expect(bob.gate.receive(body(toEve), eve.peerId).accepted).toBe(false)
    const { proof } = decodeSwarmHello(body(toEve))
    const echo = encodeSwarmAnswer({ ok: true, proof: proof! })
    expect(bob.gate.confirm(infoHash, body(echo), eve.peerId)).toMatchObject({
      accepted: false,
      refused: false,
    })
  })

  test('the initiator does not trust a responder that proves nothing', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    eve.shares('everyone')
    const { theirs, mine } = bob.meets(eve)
    expect(theirs.accepted).toBe(true)
    expect(mine).toMatchObject({ accepted: false, refused: false, reason: 'no rule allows it' })
  })

  test('the secret is in no frame', () => {
    const { owner, bob } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    const secret = toHex(owner.access.secret(resource)!)
    expect(toHex(bob.gate.hello(infoHash, owner.peerId))).not.toContain(secret)
    expect(toHex(bob.meets(owner).theirs.answer)).not.toContain(secret)
  })
})

describe('a swarm by name', () => {
  test('the owner gives grants, with which members let one another in', () => {
    const { owner, bob, carol, eve } = setUp()
    owner.shares(`peer:${bob.peerId}`, `peer:${carol.peerId}`)
    for (const one of [bob, carol, eve]) one.takes(owner)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(bob.isLetInBy(owner)).toBe(true)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(carol.isLetInBy(owner)).toBe(true)
    expect(carol.isLetInBy(bob)).toBe(true)
    expect(bob.isLetInBy(carol)).toBe(true)
    for (const one of [owner, bob, carol]) expect(eve.isLetInBy(one)).toBe(false)
    expect(bob.meets(eve).mine.accepted).toBe(false)
  })

  test('the owner also gives its grant when it is the one that calls', () => {
    const { owner, bob, carol } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    expect(owner.isLetInBy(bob)).toBe(true)
    const grant = openGrant(bob.shows(carol)!)
    expect(grant).toMatchObject({
      owner: owner.peerId,
      subject: bob.peerId,
      actions: ['list', 'read', 'serve'],
    })
  })

  test('a grant is of no use to who steals it', () => {
    const { owner, bob, carol, eve } = setUp()
    owner.shares(`peer:${bob.peerId}`, `peer:${carol.peerId}`)
    for (const one of [bob, carol, eve]) one.takes(owner)
    bob.isLetInBy(owner)
    carol.isLetInBy(owner)
    const stolen = bob.shows(carol)!
    expect(eve.access.held.keep(resource, owner.peerId, stolen)).toBe(false)
    const hello = encodeSwarmHello({ infoHash, grants: [stolen] })
    expect(carol.gate.receive(body(hello), eve.peerId).accepted).toBe(false)
    expect(carol.gate.receive(body(hello), bob.peerId).accepted).toBe(true)
  })

  test('a grant ends with its time or that of the policy, and is renewed by meeting the owner', () => {
    const { world, owner, bob, carol } = setUp()
    const names = [`peer:${bob.peerId}`, `peer:${carol.peerId}`] as const
    owner.access.setPolicy(resource, { ...allow(...names), expires: world.wallTime() + 5 * day })
    bob.takes(owner)
    carol.takes(owner)
    bob.isLetInBy(owner)
    carol.isLetInBy(owner)
    world.advance(5 * day - 1)
    expect(carol.isLetInBy(bob)).toBe(true)
    world.advance(1)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(bob.isLetInBy(owner)).toBe(false)
    owner.access.setPolicy(resource, allow(...names))
    bob.isLetInBy(owner)
    carol.isLetInBy(owner)
    expect(carol.isLetInBy(bob)).toBe(true)
    world.advance(30 * day)
    expect(carol.isLetInBy(bob)).toBe(false)
  })

  test('only those that a rule names get a grant', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('everyone', 'secret', `peer:${bob.peerId}`)
    const granted = (peer: Person) => decodeSwarmAnswer(body(peer.meets(owner).theirs.answer))
    expect(granted(bob)).toHaveProperty('grant')
    expect(granted(eve)).toMatchObject({ ok: true })
    expect(granted(eve)).not.toHaveProperty('grant')
  })

  test('a grant is shown to members, and to the owner, whose rules may know nothing of its holder', () => {
    const { owner, bob, carol } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    const shown = (to: Person) => decodeSwarmHello(body(bob.gate.hello(infoHash, to.peerId))).grants
    expect(shown(owner)).toBeUndefined()
    bob.isLetInBy(owner)
    for (const to of [carol, owner]) expect(shown(to)).toEqual([bob.shows(carol)])
  })

  test('a grant by another than the owner is not kept', () => {
    const { world, owner, bob, carol } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    const other = identityFromSeed(new Uint8Array(32).fill(9))
    const issued = world.wallTime()
    const grant = issueGrant(other, {
      subject: bob.peerId,
      resource,
      actions: ['read'],
      issued,
      expires: issued + day,
    })
    expect(bob.access.held.keep(resource, owner.peerId, grant)).toBe(false)
    expect(bob.shows(carol)).toBeUndefined()
  })

  test('a grant is renewed when it has lost half of its life, and an older one does not replace it', () => {
    const { world, owner, bob, carol } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    bob.isLetInBy(owner)
    const old = bob.shows(carol)!
    world.advance(15 * day)
    bob.isLetInBy(owner)
    expect(bob.shows(carol)).toEqual(old)
    world.advance(1)
    bob.isLetInBy(owner)
    expect(bob.shows(carol)).not.toEqual(old)
    expect(bob.access.held.keep(resource, owner.peerId, old)).toBe(false)
  })

  test('removing a peer shuts it out at the owner at once', () => {
    const { owner, bob } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    expect(bob.isLetInBy(owner)).toBe(true)
    owner.shares()
    expect(bob.isLetInBy(owner)).toBe(false)
  })

  test('a state that cannot be written does not end the stream', () => {
    const { owner, bob, carol } = setUp()
    owner.shares(`peer:${bob.peerId}`)
    bob.takes(owner)
    bob.state.put = () => {
      throw new Error('disk full')
    }
    expect(bob.isLetInBy(owner)).toBe(true)
    expect(bob.shows(carol)).toBeDefined()
  })
})

describe('a swarm of a circle', () => {
  const id = 'cd'.repeat(32)
  const circle = `circle:${id}` as const

  /** The owner shares with a circle of all but Eve. */
  function ofCircle(...subjects: SubjectRule[]) {
    const all = setUp()
    const { owner, bob, carol, eve, circles } = all
    const members = new Map<string, Role>([
      [owner.peerId, 'admin'],
      [bob.peerId, 'member'],
      [carol.peerId, 'member'],
    ])
    circles.set(id, members)
    owner.shares(...(subjects.length === 0 ? [circle] : subjects))
    for (const one of [bob, carol, eve]) one.takes(owner)
    return { ...all, members }
  }

  test('a member that holds its grant serves others that show nothing and never met the owner', () => {
    const { owner, bob, carol, eve } = ofCircle()
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(bob.isLetInBy(owner)).toBe(true)
    expect(openGrant(bob.shows(carol)!)).toMatchObject({ subject: circle, issuer: owner.peerId })
    expect(decodeSwarmHello(body(carol.gate.hello(infoHash, bob.peerId))).grants).toBeUndefined()
    expect(carol.isLetInBy(bob)).toBe(true)
    expect(carol.shows(bob)).toEqual(bob.shows(carol))
    for (const one of [owner, bob, carol]) expect(eve.isLetInBy(one)).toBe(false)
  })

  test('a grant of a circle is shown to its members only', () => {
    const { owner, bob, carol, eve } = ofCircle()
    bob.isLetInBy(owner)
    expect(bob.shows(carol)).toBeDefined()
    expect(bob.shows(eve)).toBeUndefined()
  })

  test('a grant for those of a role serves no others', () => {
    const { owner, bob, carol, members } = ofCircle(`${circle}/member`)
    bob.isLetInBy(owner)
    members.set(carol.peerId, 'guest')
    expect(carol.isLetInBy(bob)).toBe(false)
    members.set(carol.peerId, 'member')
    expect(carol.isLetInBy(bob)).toBe(true)
  })

  test('who is removed is served by nobody, also who was let in before', () => {
    const { owner, bob, carol, members } = ofCircle()
    bob.isLetInBy(owner)
    const { theirs } = carol.meets(bob)
    if (!theirs.accepted) throw new Error('not let in')
    expect(bob.gate.again(theirs.admission).allowed).toBe(true)
    members.delete(carol.peerId)
    expect(bob.gate.again(theirs.admission).allowed).toBe(false)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(carol.isLetInBy(owner)).toBe(false)
  })

  test('when the rule is gone its grant is taken back, and members stop when they hear of it', () => {
    const { owner, bob, carol } = ofCircle()
    bob.isLetInBy(owner)
    owner.shares(`peer:${carol.peerId}`)
    expect(carol.isLetInBy(bob)).toBe(true)
    for (const one of [bob, carol]) one.revocations.receive(owner.revocations.statementOf(owner.peerId)!)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(bob.shows(carol)).toBeUndefined()
  })

  test('limits of the rule bind every member that serves by its grant', () => {
    const { owner, bob, carol } = ofCircle()
    owner.access.setPolicy(resource, { ...allow(circle), bytes: 1000, bytesPerSecond: 50 })
    bob.isLetInBy(owner)
    const { theirs } = carol.meets(bob)
    const allowance = theirs.accepted ? theirs.decision.allowance : undefined
    expect(allowance?.left).toBe(1000)
    expect(allowance?.rate?.bytesPerSecond).toBe(50)
    expect(allowance?.take(1000)).toBe(true)
    expect(carol.isLetInBy(bob)).toBe(false)
    expect(carol.isLetInBy(owner)).toBe(true)
  })
})

describe('a refusal', () => {
  test('is the same bytes for what is not for you and what does not exist', () => {
    const { owner, bob, eve } = setUp()
    owner.shares('secret', `peer:${bob.peerId}`)
    eve.access.adopt(resource, { secret: new Uint8Array(32), owner: owner.peerId })
    eve.access.adopt(contentResource(unknown), { secret: new Uint8Array(32), owner: owner.peerId })
    const known = eve.meets(owner).theirs
    const none = eve.meets(owner, unknown).theirs
    expect([known.accepted, none.accepted]).toEqual([false, false])
    expect(known.answer).toEqual(none.answer)
    expect(known.answer).toEqual(owner.gate.refusal)
    expect(decodeSwarmAnswer(body(known.answer))).toEqual({ ok: false })
  })

  test('also answers what is malformed, and nothing is thrown', () => {
    const { owner, bob, eve } = setUp()
    const junk = [
      new Uint8Array(0),
      new Uint8Array(9000),
      Uint8Array.of(0x64, 0x65),
      new Uint8Array(100).fill(0x6c),
    ]
    for (const frame of junk) {
      expect(owner.gate.receive(frame, eve.peerId)).toMatchObject({
        accepted: false,
        malformed: true,
        answer: owner.gate.refusal,
      })
      expect(bob.gate.confirm(infoHash, frame, eve.peerId)).toMatchObject({ accepted: false, refused: false })
    }
  })

  test('comes without a look when a peer was refused too often, for that peer only', () => {
    const { world, owner, bob, eve } = setUp()
    owner.shares('secret')
    bob.takes(owner)
    const link = owner.access.terms(resource)
    for (let i = 0; i < defaultAccessConfig.failedHellosPerMinute; i++) eve.meets(owner, unknown)
    eve.access.adopt(resource, link)
    const { theirs } = eve.meets(owner)
    expect(theirs).toMatchObject({ accepted: false, malformed: false, reason: 'too many refused requests' })
    expect(theirs.answer).toEqual(owner.gate.refusal)
    expect(bob.isLetInBy(owner)).toBe(true)
    world.advance(60_000)
    expect(eve.isLetInBy(owner)).toBe(true)
  })

  test('takes the same work for what exists and what does not', () => {
    const { world, owner, eve } = setUp()
    owner.shares('secret')
    const grant = {
      subject: eve.peerId,
      resource,
      actions: ['read'] as const,
      issued: world.wallTime() - 2,
      expires: world.wallTime() - 1,
    }
    const bytes = issueGrant(identityFromSeed(new Uint8Array(32)), grant)
    // New bytes each time, as they come from the network: those that were opened before cost nothing.
    const shown = [() => ({ secret: new Uint8Array(32) }), () => ({ grants: [bytes.slice()] })]
    for (const proofs of shown) {
      const times = [infoHash, unknown].map(hash => {
        const check = { action: 'read', resource: contentResource(hash) } as const
        return medianMs(() =>
          owner.access.check({ subject: { peer: eve.peerId }, ...check, proofs: proofs() }),
        )
      })
      // A missing HMAC or signature check would make a factor of ten or more.
      expect(Math.max(...times) / Math.min(...times)).toBeLessThan(4)
    }
  })
})

function medianMs(run: () => unknown): number {
  for (let i = 0; i < 100; i++) run()
  const samples = Array.from({ length: 101 }, () => {
    const started = performance.now()
    run()
    return performance.now() - started
  })
  return samples.toSorted((a, b) => a - b)[50]!
}
