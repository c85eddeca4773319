import { PeerageError, type World } from '../../base/index.ts'
import type { TransferSnapshot } from './snapshot.ts'
import { snapshotOf } from './snapshots.ts'
import type { Transfer } from './transfer.ts'

const intervalMs = 200

/**
 * How a transfer goes, five times a second and whenever its state changes, until all that is wanted is verified on disk.
 * Throws what stopped it: the disk's error, `access.denied` when everybody whom the link names refused, `network.no-peers`
 * after `timeoutS` seconds without anything new. The transfer itself stays, and can be resumed.
 */
export async function* followTransfer(
  world: World,
  first: Transfer,
  timeoutS: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<TransferSnapshot> {
  let transfer = first
  const startedAt = world.now()
  let shownAt = Number.NEGATIVE_INFINITY
  let shownState = ''
  for (;;) {
    signal.throwIfAborted()
    transfer = transfer.successor ?? transfer
    if (transfer.failure !== undefined) throw transfer.failure
    if (transfer.isComplete) break
    if (transfer.record.paused) return yield snapshotOf(transfer)
    if (transfer.isRefused) throw refused('Everybody whom the link names')
    const quietMs = world.now() - Math.max(startedAt, transfer.lastNews)
    if (timeoutS !== undefined && quietMs > timeoutS * 1000) throw noPeers(transfer, timeoutS)
    if (world.now() - shownAt >= intervalMs || shownState !== transfer.state) {
      shownAt = world.now()
      shownState = transfer.state
      yield snapshotOf(transfer)
      continue
    }
    await nextChange(world, transfer, signal)
  }
  yield snapshotOf(transfer)
}

function refused(who: string): PeerageError {
  return new PeerageError('access.denied', `${who} answered that they do not offer this to you.`)
}

function noPeers(transfer: Transfer, timeoutS: number): PeerageError {
  if (transfer.wasRefused) return refused('All who could be reached')
  const peers = transfer.swarm?.peerCount ?? 0
  if (transfer.waits !== undefined)
    return new PeerageError(
      'network.no-peers',
      `It waited in the queue for ${timeoutS} seconds: ${transfer.waits.reason}.`,
    )
  return new PeerageError(
    'network.no-peers',
    peers === 0
      ? `No peer that holds this content could be reached within ${timeoutS} seconds.`
      : `Nothing arrived for ${timeoutS} seconds, though ${peers} peers are connected.`,
  )
}

/** Resolves when something changed, after the interval, or when the caller goes away. */
export function nextChange(
  world: World,
  transfer: Pick<Transfer, 'onChange'>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stopListening()
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stopListening = transfer.onChange(done)
    const timer = world.after(intervalMs, done)
    signal.addEventListener('abort', done)
  })
}
