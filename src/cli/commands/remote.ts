import type { RemoteStatus } from '../../daemon/index.ts'
import { UsageProblem } from '../arguments.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult, Session } from '../context.ts'
import { alignPairs } from '../table.ts'
import { plural, safeText } from '../text.ts'

/** `peerage remote`, `remote start`, `remote stop`, `remote password`, `remote sign-out` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const input = coerceInput(command, context.input)
  const session = await context.open('offline')
  try {
    if (command.words === 'remote password') input.password = await newPassword(context)
    if (command.words === 'remote start') await ensurePassword(context, session)
    const status = (await session.call(command.operation!, input, { signal })) as RemoteStatus
    if (options.json) return await context.printJson(status)
    if (command.words === 'remote password') context.note('The password holds from now on.')
    if (command.words === 'remote sign-out') context.note('Whoever was signed in has to sign in again.')
    await tell(context, status)
  } finally {
    await session.close()
  }
}

/** Somebody at the keyboard is asked at once; a program is told what to do. */
async function ensurePassword(context: CommandContext, session: Session): Promise<void> {
  const { signal, terminal } = context
  if (!terminal.stdinIsKeyboard) return
  const { hasPassword } = (await session.call('remote.status', {}, { signal })) as RemoteStatus
  if (hasPassword) return
  await session.call('remote.setPassword', { password: await newPassword(context) }, { signal })
}

/** From the keyboard, not shown and twice; or one line of a pipe. Never from the command line, which others can see. */
async function newPassword({ terminal, command }: CommandContext): Promise<string> {
  const password = await terminal.ask('New password of remote access: ', { secret: true })
  if (password === undefined || password === '')
    throw new UsageProblem('No password was given.', command.words)
  if (terminal.stdinIsKeyboard && (await terminal.ask('Once more: ', { secret: true })) !== password)
    throw new UsageProblem('These are two different ones; nothing was changed.', command.words)
  return password
}

async function tell({ print, paint, note }: CommandContext, status: RemoteStatus): Promise<void> {
  const { enabled, urls, hasPassword, certificate, sessions, problem } = status
  if (!enabled)
    return print(
      `Off. ${hasPassword ? '`peerage remote start`' : '`peerage remote password`, then `peerage remote start`,'} lets you use this peer from other computers.`,
    )
  const pairs: [string, string][] = [
    [
      'Open at',
      urls.map(safeText).join('\n         ') || 'nowhere: only a running peer (`peerage start`) listens',
    ],
    ['Signed in', plural(sessions, 'session')],
  ]
  if (certificate !== undefined)
    pairs.push(
      ['SHA-256', certificate.fingerprint],
      ['Good until', new Date(certificate.notAfter).toISOString().slice(0, 10)],
    )
  if (problem !== undefined) pairs.push(['Problem', safeText(problem.message)])
  await print(alignPairs(pairs, paint.dim).join('\n'))
  if (certificate?.isOwn === false)
    note('The browser warns of the certificate: go on only when it shows this SHA-256 fingerprint.')
}
