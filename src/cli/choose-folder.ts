import { resolve } from 'node:path'
import type { ConfigEntry } from '../peer/index.ts'
import type { CommandContext, Session } from './context.ts'

/** `--into`, else the configured folder, else the current one. */
export async function chooseFolder(
  context: CommandContext,
  session: Session,
  into: unknown,
): Promise<string> {
  const { workingFolder } = context.terminal
  if (typeof into === 'string') return resolve(workingFolder, into)
  const usual = (await session.call(
    'config.get',
    { key: 'files.downloads' },
    { signal: context.signal },
  )) as ConfigEntry
  return resolve(workingFolder, String(usual.value ?? ''))
}
