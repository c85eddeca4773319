import type { PageAddress } from '../../daemon/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { openBrowser } from '../open-browser.ts'

/** `peerage open` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('daemon')
  const address = (await session.call('daemon.open', {}, { signal: context.signal })) as PageAddress
  if (context.options.json) return context.printJson(address)
  await context.print(address.url)
  if (await openBrowser(context.terminal, address.url)) context.note('Your browser shows it.')
  else context.note(`Open it in a browser. ${howLong(address)}`)
}

/** Until when an address is good. */
export function howLong({ expiresAt }: PageAddress): string {
  const minutes = Math.round((expiresAt - Date.now()) / 60_000)
  return `It is good once and for ${minutes} minutes; \`peerage open\` gives another.`
}
