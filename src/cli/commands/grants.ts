import { resolve } from 'node:path'
import type { GivenGrant, GrantRow, RevokedGrants } from '../../services/grants/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { plural, safeText, shorten } from '../text.ts'

type Tell = (context: CommandContext, value: never) => Promise<void> | void

const tells: Readonly<Record<string, Tell>> = {
  grant: tellGiven,
  'grant import': ({ note }: CommandContext, one: GrantRow) => {
    note(`You hold a grant of ${safeText(one.ownerName)} now: ${describe(one)}.`)
    note('`peerage get` with the link of the content shows it to whoever has that.')
  },
  grants: tellAll,
  revoke: tellRevoked,
}

/** `peerage grant`, `grant import`, `grants`, `revoke` */
export async function run(context: CommandContext): CommandResult {
  const { command, terminal } = context
  const input = coerceInput(command, context.input)
  if (command.words === 'grant import' && typeof input.grant === 'string')
    input.grant = input.grant.startsWith('peerage-grant:')
      ? input.grant
      : resolve(terminal.workingFolder, input.grant)
  await answerOnce(context, input, answer => tells[command.words]!(context, answer as never))
}

async function tellGiven({ note, print }: CommandContext, one: GivenGrant): Promise<void> {
  note(`${safeText(one.name)} may ${describe(one)}. Hand this over, in any way; it is of use to nobody else:`)
  await print(one.text)
  note(
    `\`peerage grant import TEXT\` keeps it there; \`peerage revoke ${one.id.slice(0, 8)}\` takes it back.`,
  )
}

async function tellAll({ note, print, paint }: CommandContext, rows: readonly GrantRow[]): Promise<void> {
  if (rows.length === 0)
    return note('No grants. `peerage grant WHO read CONTENT` gives one, `peerage grant import` keeps one.')
  const lines = alignTable(
    [
      { title: 'Grant' },
      { title: 'Way' },
      { title: 'Who' },
      { title: 'May' },
      { title: 'What' },
      { title: 'Bounds' },
    ],
    rows.map(one => [
      one.id.slice(0, 8),
      one.way,
      shorten(safeText(one.way === 'given' ? one.name : `from ${one.ownerName}`), 24),
      one.actions.join(', '),
      shorten(safeText(one.title), 24),
      bounds(one).join(', '),
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

function tellRevoked({ note }: CommandContext, { grants }: RevokedGrants): void {
  note(
    `Took back ${plural(grants.length, 'grant')}, with all that was made from ${grants.length === 1 ? 'it' : 'them'}:`,
  )
  for (const one of grants) note(`  ${one.id.slice(0, 8)}  ${safeText(one.name)}: ${describe(one)}`)
  note('Peers that run hear of it within seconds, others when they are back.')
  if (grants.some(({ byRule }) => byRule))
    note('A rule still allows it and gives a new one: `peerage deny` or `peerage share --who` changes rules.')
}

/** `list, read Summer, until 2026-12-24 00:00, 1 GB in all` */
function describe(one: GrantRow): string {
  return [`${one.actions.join(', ')} ${safeText(one.title)}`, ...bounds(one)].join(', ')
}

function bounds({ bounds: said, delegate }: GrantRow): string[] {
  return delegate === 0 ? [...said] : [...said, `may be passed on ${plural(delegate, 'time')}`]
}
