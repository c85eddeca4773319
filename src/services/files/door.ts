import { toHex } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { readFirstFrame } from '../../swarm/index.ts'
import type { FilesHost } from './host.ts'
import type { Transfer } from './transfer.ts'

/** How long a stranger may take for its first frame. */
const helloTimeoutMs = 10_000

/**
 * A stranger opened a stream: its first frame says what it wants and why it may. A refusal is the same bytes whether there is
 * no such content, or it is not for that peer, or it is paused.
 */
export async function receiveMember(
  { gate, world }: FilesHost,
  stream: PeerStream,
  find: (infoHash: string) => Transfer | undefined,
): Promise<void> {
  const timer = world.after(helloTimeoutMs, () => stream.abort(new Error('no hello came')))
  const first = await readFirstFrame(stream).catch(() => undefined)
  timer.cancel()
  if (first === undefined) return stream.abort(new Error('no hello came'))
  const verdict = gate.receive(first.frame, stream.peer)
  const transfer = verdict.accepted ? find(toHex(verdict.infoHash)) : undefined
  if (verdict.accepted && transfer?.welcome(stream, verdict.answer, first.rest, verdict.decision) === true)
    return
  stream.send(gate.refusal)
  await stream.close()
}
