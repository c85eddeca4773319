import { join } from 'node:path'
import { watchFirstByte } from './first-byte-watch.ts'
import { startPeerage } from './peerage-daemon.ts'
import type { PreparedTransfer, TransferSystem } from './transfer.ts'

/** Peerage with a private share: two daemons, an encrypted connection, the link carries the secret. */
export const peerage: TransferSystem = {
  name: 'peerage',
  missing: () => undefined,
  async prepare(source, { home, into }): Promise<PreparedTransfer> {
    const [sender, receiver] = await Promise.all([
      startPeerage(join(home, 'sender')),
      startPeerage(join(home, 'receiver')),
    ])
    const began = performance.now()
    const shared = await sender.call('files.share', { path: source })
    const shareSeconds = secondsSince(began)
    return {
      sender,
      receiver,
      shareSeconds,
      async run() {
        const handed = performance.now()
        using watch = watchFirstByte(into)
        await receiver.call('files.get', { link: linkOf(shared), into })
        return { seconds: secondsSince(handed), firstByteSeconds: ((await watch.seenAt) - handed) / 1000 }
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([sender.kill(), receiver.kill()])
      },
    }
  },
}

/** The link in the answer of `files.share`. */
export function linkOf(shared: unknown): string {
  if (shared !== null && typeof shared === 'object' && 'link' in shared && typeof shared.link === 'string')
    return shared.link
  throw new Error(`files.share answered no link: ${JSON.stringify(shared)}`)
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000
}
