import type { Circle, Role, RosterRole } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { type CircleDetails, detailsOf, type Who, whoIs } from './circle-view.ts'
import type { CirclesHost } from './host.ts'

/** What became of some people in a circle. */
export interface CircleReport extends Circle {
  readonly changed: readonly Who[]
}

/** A circle that the user is not in any more. */
export interface LeftCircle extends Circle {
  /** Nobody can change it now. */
  readonly withoutAdmin: boolean
}

const circle = z.string().min(1).max(200).describe('Which circle: its name, or the first digits of its id')
const newName = z.string().min(1).max(200).describe('What it is called')
const person = z.string().min(1).max(512)
const who = person.describe('Whom: a contact by its name, or anybody by the PeerId')
const people = z.array(person).min(1).max(128).describe('Whom: contacts by name, or anybody by the PeerId')
const role = z
  .enum(['admin', 'member', 'guest'])
  .describe('admin: may change the circle; member; guest: only where guests are named')

interface Change {
  readonly circle: string
  readonly who: readonly string[]
}

const list: ValueOperation<CirclesHost, Record<never, never>, Circle[]> = {
  summary: 'List your circles',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'circles', example: 'peerage circles' },
  run: async ({ circles }) => circles.list().sort((a, b) => a.name.localeCompare(b.name)),
}

const show: ValueOperation<CirclesHost, { circle: string }, CircleDetails> = {
  summary: 'Show who is in a circle, and who changed it when',
  input: z.object({ circle }),
  action: 'read',
  kind: 'value',
  command: { words: 'circle show', positional: ['circle'], example: 'peerage circle show family' },
  run: async (host, input) => detailsOf(host, await found(host, input.circle)),
}

const create: ValueOperation<CirclesHost, { name: string }, Circle> = {
  summary: 'Make a circle: a group of people to share things with',
  input: z.object({ name: newName }),
  action: 'write',
  kind: 'value',
  command: { words: 'circle create', positional: ['name'], example: 'peerage circle create family' },
  run: async ({ circles }, { name }) => circles.create(name),
}

const add: ValueOperation<CirclesHost, Change & { role: Role }, CircleReport> = {
  summary: 'Let people into a circle',
  input: z.object({ circle, who: people, role: role.default('member') }),
  action: 'write',
  kind: 'value',
  command: { words: 'circle add', positional: ['circle', 'who'], example: 'peerage circle add family Bob' },
  async run(host, input) {
    const { id, name } = await found(host, input.circle)
    const members = host.circles.members(id)
    for (const text of input.who)
      if (keysIn(host, id, host.personOf(text)).some(key => members.get(key) !== input.role))
        throw new PeerageError(
          'usage.invalid',
          `${text} is in "${name}" already. \`peerage circle role\` gives somebody another role.`,
        )
    return change(host, id, input.who, input.role)
  },
}

const giveRole: ValueOperation<CirclesHost, { circle: string; who: string; role: Role }, CircleReport> = {
  summary: 'Give somebody in a circle another role',
  input: z.object({ circle, who, role }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'circle role',
    positional: ['circle', 'who', 'role'],
    example: 'peerage circle role family Bob admin',
  },
  async run(host, input) {
    const { id } = await existing(host, input.circle, [input.who])
    return change(host, id, [input.who], input.role)
  },
}

const remove: ValueOperation<CirclesHost, Change, CircleReport> = {
  summary: 'Remove people from a circle',
  input: z.object({ circle, who: people }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'circle remove',
    positional: ['circle', 'who'],
    example: 'peerage circle remove family Bob',
  },
  async run(host, input) {
    const { id } = await existing(host, input.circle, input.who)
    if (input.who.some(text => host.selves().includes(host.personOf(text))))
      throw new PeerageError('usage.invalid', 'That is you: `peerage circle leave` does it.')
    return change(host, id, input.who, 'removed')
  },
}

const leave: ValueOperation<CirclesHost, { circle: string }, LeftCircle> = {
  summary: 'Leave a circle',
  input: z.object({ circle }),
  action: 'write',
  kind: 'value',
  command: { words: 'circle leave', positional: ['circle'], example: 'peerage circle leave family' },
  async run(host, input) {
    const { circles } = host
    const { id } = await found(host, input.circle)
    circles.leave(id)
    return { ...circles.get(id)!, withoutAdmin: ![...circles.members(id).values()].includes('admin') }
  },
}

const rename: ValueOperation<CirclesHost, { circle: string; name: string; here: boolean }, Circle> = {
  summary: 'Give a circle another name',
  input: z.object({
    circle,
    name: newName,
    here: z.boolean().default(false).describe('Only on this machine; all others keep its name'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'circle rename',
    positional: ['circle', 'name'],
    example: 'peerage circle rename family "the family"',
  },
  async run(host, input) {
    const { circles } = host
    const { id, givenName } = await found(host, input.circle)
    if (input.here) return circles.callLocally(id, input.name)
    circles.change(id, { name: input.name })
    return givenName === undefined ? circles.get(id)! : circles.callLocally(id, '')
  },
}

const forget: ValueOperation<CirclesHost, { circle: string }, { id: string; name: string }> = {
  summary: 'Forget a circle that you are not in any more',
  input: z.object({ circle }),
  action: 'write',
  kind: 'value',
  command: { words: 'circle forget', positional: ['circle'], example: 'peerage circle forget family' },
  async run({ circles }, input) {
    const { id, name } = circles.find(input.circle)
    circles.forget(id)
    return { id, name }
  },
}

/** The circle that is meant, its statements read. Throws `circle.unknown`, `usage.invalid`. */
async function found({ circles }: CirclesHost, text: string): Promise<Circle> {
  const circle = circles.find(text)
  await circles.prepare(circle.id)
  return circle
}

/** The circle, when all of these are in it. Throws `circle.unknown`, `contact.unknown`, `usage.invalid`. */
async function existing(host: CirclesHost, text: string, whom: readonly string[]): Promise<Circle> {
  const meant = await found(host, text)
  const missing = whom.find(one => keysIn(host, meant.id, host.personOf(one)).length === 0)
  if (missing === undefined) return meant
  throw new PeerageError('usage.invalid', `${missing} is not in "${meant.name}".`)
}

/** The keys by which a roster names a person: its newest, or those that it had before. */
function keysIn({ circles, formerly }: CirclesHost, id: string, peer: string): string[] {
  const members = circles.members(id)
  return [...formerly(peer), peer].filter(key => members.has(key))
}

function change(host: CirclesHost, id: string, whom: readonly string[], to: RosterRole): CircleReport {
  const peers = [...new Set(whom.map(text => host.personOf(text)))]
  // An earlier key of a person goes out when the newest one comes in, and with it.
  const earlier = peers.flatMap(peer => keysIn(host, id, peer).filter(key => key !== peer))
  const named = to === 'removed' ? peers.filter(peer => host.circles.members(id).has(peer)) : peers
  const roles = Object.fromEntries([
    ...earlier.map(key => [key, 'removed'] as const),
    ...named.map(peer => [peer, to] as const),
  ])
  return { ...host.circles.change(id, { roles }), changed: peers.map(peer => whoIs(host, peer)) }
}

/** What a user can ask of the circles service. */
export const circlesOperations: Readonly<{
  list: typeof list
  show: typeof show
  create: typeof create
  add: typeof add
  role: typeof giveRole
  remove: typeof remove
  leave: typeof leave
  rename: typeof rename
  forget: typeof forget
}> = { list, show, create, add, role: giveRole, remove, leave, rename, forget }
