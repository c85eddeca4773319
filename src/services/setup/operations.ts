import { isAbsolute } from 'node:path'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { usualDownloads } from '../../store/index.ts'
import type { SetupHost } from './host.ts'

/** What a new user is asked. */
export interface SetupView {
  /** Nobody has answered yet, and nobody uses it by other ways. */
  readonly isFirst: boolean
  /** What others are told that the user is called. */
  readonly name: string
  /** Where downloads go, or would go by usage of the system. */
  readonly downloads: string
  /** Who may be talked to: `open`, `circle` or `lan`. */
  readonly preset: string
}

interface FinishInput {
  name?: string | undefined
  downloads?: string | undefined
  preset?: 'open' | 'circle' | 'lan' | undefined
}

const kind = 'setup'
const key = 'finished'
const asked = { name: 'invites.name', downloads: 'files.downloads', preset: 'preset' } as const

async function viewOf(host: SetupHost): Promise<SetupView> {
  const isAnswered = host.state.get(kind, key) === true
  return {
    isFirst: !(isAnswered || Object.values(asked).some(one => host.isGiven(one)) || host.isInUse()),
    name: String(host.value(asked.name) || host.accountName),
    downloads: String(host.value(asked.downloads) || (await usualDownloads())),
    preset: String(host.value(asked.preset)),
  }
}

const show: ValueOperation<SetupHost, Record<never, never>, SetupView> = {
  summary: 'Show what a new user is asked: name, folder of downloads, preset',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'setup', example: 'peerage setup' },
  run: viewOf,
}

/** What was answered, and what of it waits for the next start. */
export interface SetupDone extends SetupView {
  readonly needsRestart: boolean
}

const finish: ValueOperation<SetupHost, FinishInput, SetupDone> = {
  summary: 'Answer what a new user is asked; what is left out stays as it is',
  input: z.object({
    name: z.string().trim().min(1).max(64).optional().describe('What others are told that you are called'),
    downloads: z.string().min(1).max(4096).optional().describe('Where downloads go, as a whole path'),
    preset: z
      .enum(['open', 'circle', 'lan'])
      .optional()
      .describe('open: everywhere; circle: only people whom you know; lan: only this local network'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'setup finish',
    example: 'peerage setup finish --name Anna --downloads ~/Downloads --preset open',
  },
  run: async (host, input) => {
    if (input.downloads !== undefined && !isAbsolute(input.downloads))
      throw new PeerageError('usage.invalid', 'The folder of downloads has to be a whole path.')
    let needsRestart = false
    for (const [field, one] of Object.entries(asked)) {
      const value = input[field as keyof FinishInput]
      if (value === undefined || value === host.value(one)) continue
      needsRestart = (await host.change(one, value)).needsRestart || needsRestart
    }
    host.state.put(kind, key, true)
    return { ...(await viewOf(host)), needsRestart }
  },
}

/** What a user can ask of the setup service. */
export const setupOperations: Readonly<{ show: typeof show; finish: typeof finish }> = { show, finish }
