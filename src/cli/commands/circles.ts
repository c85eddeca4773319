import type { Circle } from '../../access/index.ts'
import type {
  CircleDetails,
  CircleNews,
  CircleReport,
  LeftCircle,
  Who,
} from '../../services/circles/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs, alignTable } from '../table.ts'
import { plural, safeText, shortPeer } from '../text.ts'

type Tell = (context: CommandContext, value: never, input: Record<string, unknown>) => Promise<void> | void

/** Of the newest changes so many are shown; `--json` has all. */
const shownNews = 20

const tells: Readonly<Record<string, Tell>> = {
  circles: (context, all: readonly Circle[]) => tellCircles(context, all),
  'circle show': (context, one: CircleDetails) => tellCircle(context, one),
  'circle create': ({ note }, one: Circle) =>
    note(`${quoted(one)} is there, and you are its admin. \`peerage circle add\` lets others in.`),
  'circle add': ({ note }, one: CircleReport) => note(`${everybody(one)} in ${quoted(one)} now.`),
  'circle role': ({ note }, one: CircleReport, { role }) =>
    note(`${everybody(one)} ${role === 'admin' ? 'an' : 'a'} ${role} of ${quoted(one)} now.`),
  'circle remove': ({ note }, one: CircleReport) =>
    note(`${everybody(one)} not in ${quoted(one)} any more. Whatever they have already stays with them.`),
  'circle leave': (context, one: LeftCircle) => tellLeft(context, one),
  'circle rename': ({ note }, one: Circle) =>
    note(
      one.givenName === undefined
        ? `It is called ${quoted(one)} now.`
        : `You see it as ${quoted(one)}; for all others it is "${safeText(one.givenName)}".`,
    ),
  'circle forget': ({ note }, one: Pick<Circle, 'name'>) => note(`${quoted(one)} is forgotten.`),
}

/** `peerage circles`, `circle create`, `show`, ... */
export async function run(context: CommandContext): CommandResult {
  const { command } = context
  const input = coerceInput(command, context.input)
  await answerOnce(context, input, answer => tells[command.words]!(context, answer as never, input))
}

async function tellCircles({ note, print, paint }: CommandContext, all: readonly Circle[]): Promise<void> {
  if (all.length === 0) return note('You are in no circle yet. `peerage circle create NAME` makes one.')
  const lines = alignTable(
    [{ title: 'Name' }, { title: 'You are' }, { title: 'Members', right: true }, { title: 'Id' }],
    all.map(one => [safeText(one.name), yourRole(one), String(one.members), one.id.slice(0, 8)]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  for (const one of all.filter(({ damaged }) => damaged)) note(damage(one))
}

async function tellCircle({ note, print, paint }: CommandContext, one: CircleDetails): Promise<void> {
  const pairs: [string, string][] = [
    ['Name', safeText(one.name)],
    ...(one.givenName === undefined ? [] : ([['Others see', safeText(one.givenName)]] as [string, string][])),
    ['Id', one.id],
    ['You are', yourRole(one)],
  ]
  const members = alignTable(
    [{ title: 'Who' }, { title: 'Role' }, { title: 'Peer id' }],
    one.people.map(who => [nameOf(who), who.role, shortPeer(who.peer)]),
  )
  const shown = one.news.slice(0, shownNews)
  const news = alignTable(
    [{ title: 'When' }, { title: 'Who' }, { title: 'What' }],
    shown.map(each => [
      each.at === undefined ? '' : new Date(each.at).toLocaleString(),
      nameOf(each.by),
      `${describe(each)}${each.counts ? '' : ' (does not count)'}`,
    ]),
  )
  const table = (lines: readonly string[]): string => [paint.dim(lines[0]!), ...lines.slice(1)].join('\n')
  await print([alignPairs(pairs, paint.dim).join('\n'), table(members), table(news)].join('\n\n'))
  if (one.news.length > shown.length)
    note(`${plural(one.news.length - shown.length, 'older change')} not shown; \`--json\` has all.`)
  if (one.damaged) note(damage(one))
}

function tellLeft({ note }: CommandContext, one: LeftCircle): void {
  note(`You are not in ${quoted(one)} any more. \`peerage circle forget\` takes it off the list.`)
  if (one.withoutAdmin) note('It has no admin now: nobody can change it. The others can make a new one.')
}

function describe({ name, changes, at }: CircleNews): string {
  if (at === undefined) return 'left'
  const told = changes.map(one => `${nameOf(one)} → ${one.role}`)
  if (name !== undefined) told.push(`called it "${safeText(name)}"`)
  return told.length === 0 ? 'took in what others changed' : told.join(', ')
}

function everybody({ changed }: CircleReport): string {
  const names = changed.map(nameOf)
  return `${names.join(', ')} ${names.length === 1 && changed[0]!.self !== true ? 'is' : 'are'}`
}

function nameOf({ peer, name, self }: Who): string {
  return self === true ? 'you' : name === undefined ? shortPeer(peer) : safeText(name)
}

function yourRole({ role, damaged }: Circle): string {
  return damaged ? 'damaged' : (role ?? 'not in it')
}

function damage(one: Circle): string {
  return `Part of ${quoted(one)} could not be read from the disk. Nobody is let in by it until another member has sent it again.`
}

function quoted({ name }: Pick<Circle, 'name'>): string {
  return `"${safeText(name)}"`
}
