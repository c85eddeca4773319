import type { ProxyTrial } from '../../network/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { safeText } from '../text.ts'

/** `peerage proxy test PROXY`: exit code 1 when it does not let this peer in. */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const input = coerceInput(context.command, context.input)
  const trial = (await session.call('reach.testProxy', input, { signal: context.signal })) as ProxyTrial
  if (context.options.json) await context.printJson(trial)
  else await context.print(textOf(trial))
  return trial.answers ? 0 : 1
}

function textOf({ address, answers, problem = '', udp, udpProblem = '' }: ProxyTrial): string {
  if (!answers) return `${address} cannot be used: ${safeText(problem)}`
  if (udp) return `${address} works, for UDP too.`
  return `${address} works, but passes no UDP on: ${safeText(udpProblem)}`
}
