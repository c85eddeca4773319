import type { AddedDevice, DevicesView } from '../../services/identity/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { showQrCode } from '../qr-code.ts'
import { alignTable } from '../table.ts'
import { safeText } from '../text.ts'

/** `peerage devices`, `device join`, `add`, `accept`, `revoke` */
export async function run(context: CommandContext): CommandResult {
  const { command, signal, options } = context
  const session = await context.open('offline')
  try {
    const input = coerceInput(command, context.input)
    const value = await session.call(command.operation!, input, { signal })
    if (options.json) await context.printJson(value)
    else if (command.words === 'device join') await tellConsent(context, value as { code: string })
    else if (command.words === 'device add') await tellAdded(context, value as AddedDevice)
    else await tellDevices(context, value as DevicesView)
  } finally {
    await session.close()
  }
}

async function tellConsent(context: CommandContext, { code }: { code: string }): Promise<void> {
  await showQrCode(context, code)
  context.note('On your main peer:  peerage device add CODE, with this code:')
  await context.print(code)
}

async function tellAdded(context: CommandContext, { device, code }: AddedDevice): Promise<void> {
  context.note(`${safeText(device)} acts for you now. \`peerage device revoke\` ends that.`)
  context.note(
    'It learns that once both are connected. Otherwise, on it:  peerage device accept CODE, with this code:',
  )
  await context.print(code)
}

async function tellDevices({ print, paint, note }: CommandContext, view: DevicesView): Promise<void> {
  const rows = view.devices.map(({ device, issued, revoked, isThis }) => [
    safeText(device),
    revoked ? 'revoked' : isThis ? 'device, this one' : 'device',
    new Date(issued).toLocaleDateString(),
  ])
  const main = [safeText(view.main), view.isMain ? 'main key, this one' : 'main key', '']
  const lines = alignTable([{ title: 'Peer id' }, { title: 'What' }, { title: 'Since' }], [main, ...rows])
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  if (rows.length === 0) note('`peerage device join` on another machine of yours begins to add it.')
}
