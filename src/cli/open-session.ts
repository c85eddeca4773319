import { connectDaemon, startDaemon } from '../daemon/index.ts'
import type { GlobalOptions } from './arguments.ts'
import type { Need, Session } from './context.ts'
import { withPassphrase } from './passphrase.ts'
import type { Runtime } from './runtime.ts'
import { surviveStrays } from './survive-strays.ts'
import type { Terminal } from './terminal.ts'

interface OpenOptions {
  readonly home: string
  readonly need: Need
  readonly options: GlobalOptions
  readonly terminal: Terminal
  readonly runtime: Runtime
  readonly note: (text: string) => void
}

/** The daemon of the home when there is one, else a peer in this process. Throws `daemon.unreachable` when only a daemon will do. */
export async function openSession(parts: OpenOptions): Promise<Session> {
  const { home, need, options, note } = parts
  const daemon = await connectDaemon(home)
  if (daemon !== undefined) {
    if (Object.keys(options.config).length > 0)
      note('A peer already runs on this home; the settings of this command line are not used.')
    return {
      remote: true,
      call: (name, input, o) => daemon.call(name, input, o),
      describe: () => daemon.describe(),
      close: async () => undefined,
    }
  }
  if (need === 'daemon') {
    const { PeerageError } = await import('../base/index.ts')
    throw new PeerageError('daemon.unreachable', `No peer is running on ${home}.`)
  }
  return openHere(parts)
}

async function openHere({ home, need, options, terminal, runtime }: OpenOptions): Promise<Session> {
  const { createPeer, sections } = await runtime.loadPeer()
  const daemon = await withPassphrase(terminal, passphrase =>
    startDaemon({
      home,
      flags: withFreeApiPort(options.config),
      environment: terminal.environment,
      offline: need === 'offline',
      createPeer: parts => createPeer({ ...parts, ...(passphrase && { passphrase }) }),
      sections,
    }),
  )
  surviveStrays(daemon)
  return {
    remote: false,
    call: (name, input, o) => daemon.call(name, input, o),
    describe: () => daemon.describe(),
    close: async () => {
      await daemon.stop()
    },
  }
}

/** A peer that lives as long as one command does not need the usual port. */
function withFreeApiPort(config: Readonly<Record<string, string>>): Record<string, string> {
  return { 'daemon.apiPort': '0', ...config }
}
