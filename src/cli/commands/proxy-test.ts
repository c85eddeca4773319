import type { FarTrial, ProxyTrial } from '../../network/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage proxy test PROXY [FAR]`: exit code 1 when it does not let this peer in, or connects it to nobody. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const input = coerceInput(context.command, context.input)
  const trial = (await session.call('reach.testProxy', input, { signal: context.signal })) as ProxyTrial
  if (context.options.json) await context.printJson(trial)
  else await tell(context, trial)
  return trial.answers && trial.far?.reached !== false ? 0 : 1
}

async function tell({ print, note, paint }: CommandContext, trial: ProxyTrial): Promise<void> {
  const { address, answers, problem = '', udp, udpProblem = '', far } = trial
  const line = (isWell: boolean, text: string): Promise<void> =>
    print(`${isWell ? paint.green('✓') : paint.red('✗')} ${text}`)
  if (!answers) return await line(false, `${address} cannot be used: ${safeText(problem)}`)
  await line(true, `${address} lets this peer in.`)
  if (far !== undefined) await line(far.reached, farText(far))
  await line(udp, udp ? 'It passes UDP on.' : `It passes no UDP on: ${safeText(udpProblem)}`)
  if (far === undefined)
    note(
      'Nobody elsewhere is known to connect to; name somebody: `peerage proxy test PROXY example.org:443`.',
    )
}

function farText({ host, reached, ms = 0, namesBy, problem = '' }: FarTrial): string {
  const names = namesBy && (namesBy === 'proxy' ? 'the proxy' : 'your name servers')
  const how = names === undefined ? '' : `; ${names} looked the name up`
  if (reached) return `${safeText(host)} was reached through it in ${ms} ms${how}.`
  return `${safeText(host)} was not reached through it: ${safeText(problem)}`
}
