/**
 * How many questions `Access.check` answers in a second of CPU time, with real people, contacts and circles: 1,000 circles of 100 members
 * and 10,000 policies of which most name circles, some have limits. `node bench/micro/access.ts [questions=2000000]`
 */
import {
  Access,
  type Action,
  Circles,
  Contacts,
  defaultAccessConfig,
  identityFromSeed,
  type KeyValue,
  People,
  type Policy,
  Revocations,
  standingOf,
} from '../../src/access/index.ts'
import { seededRandom, systemWorld } from '../../src/base/index.ts'

const questions = Number(process.argv[2] ?? 2_000_000)
const config = { ...defaultAccessConfig, maxCircles: 1000 }
const random = seededRandom(1)

class Memory implements KeyValue {
  readonly #kinds = new Map<string, Map<string, unknown>>()
  get(kind: string, key: string): unknown {
    return this.#kinds.get(kind)?.get(key)
  }
  put(kind: string, key: string, value: unknown): void {
    const values = this.#kinds.get(kind) ?? new Map<string, unknown>()
    this.#kinds.set(kind, values.set(key, value))
  }
  delete(kind: string, key: string): void {
    this.#kinds.get(kind)?.delete(key)
  }
  entries(kind: string): Iterable<[string, unknown]> {
    return this.#kinds.get(kind) ?? []
  }
}

const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!
const state = new Memory()
const identity = identityFromSeed(random.bytes(32))
const peers = Array.from({ length: 5000 }, () => identityFromSeed(random.bytes(32)).peerId)
const people = new People({ state, max: config.maxPeople })
const contacts = new Contacts({ world: systemWorld, state, people, max: config.maxContacts })
for (let i = 0; i < 500; i++) contacts.add({ peer: peers[i]!, name: `friend ${i}x` })
const circles = new Circles({ identity, world: systemWorld, state, max: config.maxCircles })
const ids = Array.from({ length: 1000 }, (_, i) => {
  const { id } = circles.create(`circle ${i}`)
  const roles: Record<string, 'admin' | 'member' | 'guest'> = {}
  while (Object.keys(roles).length < 99) roles[pick(peers)] = pick(['admin', 'member', 'member', 'guest'])
  circles.change(id, { roles })
  return id
})
const revocations = new Revocations({
  identity,
  state,
  now: () => systemWorld.wallTime(),
  relevance: () => undefined,
  maxLists: config.maxRevocationLists,
})
const standing = standingOf({ people, contacts, circles, revocations })
const access = new Access({ self: identity.peerId, world: systemWorld, state, config, standing })

const actions: readonly Action[] = ['list', 'read', 'serve']
const policyOf = (i: number): Policy => {
  const circle = pick(ids)
  const rules = [
    { subject: `circle:${circle}/admin`, effect: 'allow', actions: ['write'] },
    { subject: `peer:${pick(peers)}`, effect: 'deny', actions },
  ] as const
  if (i % 10 === 0) return { subjects: ['everyone'], actions, rules }
  if (i % 10 === 1) return { subjects: ['contacts', 'secret'], actions, hours: '00:00-24:00' }
  if (i % 10 === 2) return { subjects: ['contacts'], actions, bytesPerDay: 10_000_000_000, uses: 1_000_000 }
  return { subjects: [`circle:${circle}`, `circle:${pick(ids)}/member`], actions, rules }
}
const names = Array.from({ length: 10_000 }, (_, i) => `test:${i}`)
for (const [i, name] of names.entries()) access.setPolicy(name, policyOf(i))

function measure(title: string, ask: (i: number) => boolean): void {
  for (let i = 0; i < questions / 10; i++) ask(i)
  const before = process.cpuUsage()
  const began = performance.now()
  let allowed = 0
  for (let i = 0; i < questions; i++) if (ask(i)) allowed++
  const { user, system } = process.cpuUsage(before)
  const perSecond = (micros: number): string => Math.round((questions / micros) * 1e6).toLocaleString('en')
  console.log(
    `${title.padEnd(34)} ${perSecond(user + system).padStart(10)} a CPU second (${perSecond((performance.now() - began) * 1000)} a second here), ${Math.round((allowed / questions) * 100)} % allowed`,
  )
}

// Drawn beforehand, so that chance is not what is measured.
const drawn = Array.from({ length: 65_536 }, () => ({ peer: pick(peers), resource: pick(names) }))
const insiders = drawn.map(({ resource }) => {
  const circle = access.policy(resource)?.subjects[0]?.slice(7) ?? ''
  const members = circles.get(circle) === undefined ? peers : [...circles.members(circle).keys()]
  return { peer: pick(members), resource }
})
const asking = (from: typeof drawn) => (i: number) => {
  const { peer, resource } = from[i & 65_535]!
  return access.check({ subject: { peer }, action: 'read', resource }).allowed
}
measure('any peer, any resource', asking(drawn))
measure('a member, or a contact', asking(insiders))
measure(
  'one without a policy',
  i =>
    access.check({ subject: { peer: drawn[i & 65_535]!.peer }, action: 'read', resource: 'test:none' })
      .allowed,
)
