import { contentResource } from '../../access/index.ts'
import { toHex } from '../../base/index.ts'
import { isLocalPath, type PeerStream } from '../../network/index.ts'
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
  { gate, world, audit }: FilesHost,
  stream: PeerStream,
  find: (infoHash: string) => Transfer | undefined,
): Promise<void> {
  const timer = world.after(helloTimeoutMs, () => stream.abort(new Error('no hello came')))
  const first = await readFirstFrame(stream).catch(() => undefined)
  timer.cancel()
  if (first === undefined) return stream.abort(new Error('no hello came'))
  const { peer } = stream
  const verdict = gate.receive(first.frame, peer, isLocalPath(stream.path))
  if (verdict.accepted) {
    const { infoHash } = verdict.admission
    const { reason, rule } = verdict.decision
    const allowed = find(toHex(infoHash))?.welcome(stream, verdict, first.rest) === true
    audit.record({
      peer,
      action: 'read',
      resource: contentResource(infoHash),
      allowed,
      reason: allowed ? reason : `nothing is given of it now, though ${reason}`,
      rule,
    })
    if (allowed) return
  } else {
    const { reason, rule, resource = 'content:?' } = verdict
    audit.record({ peer, action: 'read', resource, allowed: false, reason, rule })
  }
  stream.send(gate.refusal)
  await stream.close()
}
