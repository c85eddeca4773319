import { isLanIp, isLoopbackIp, type Path } from '../../network/index.ts'
import { bySteps, type StoredContent } from '../../store/index.ts'
import type { PeerStats } from '../../swarm/index.ts'
import { ratioOf } from './goals.ts'
import type { FilesHost } from './host.ts'
import { publicNetworksOf } from './networks.ts'
import type { FileRow, PeerRow, TransferSnapshot } from './snapshot.ts'
import type { Transfer } from './transfer.ts'

const rowsPerStep = 1024

/** What a transfer does at this moment. */
export function snapshotOf(transfer: Transfer): TransferSnapshot {
  const { record, stored, problem, waits, moved } = transfer
  const stats = transfer.swarm?.stats()
  const wanted = wantedBytes(transfer)
  const missing = missingBytes(transfer, stats?.missingBytes ?? 0)
  return {
    infoHash: transfer.id,
    name: record.name,
    origin: record.origin,
    state: transfer.state,
    ...(stored && { path: stored.root }),
    bytes: transfer.stored === undefined ? 0 : Math.max(0, wanted - missing),
    totalBytes: wanted,
    files: record.fileCount,
    downBytesPerSecond: stats?.downRate ?? 0,
    upBytesPerSecond: stats?.upRate ?? 0,
    downBytes: stats?.downloaded ?? 0,
    upBytes: stats?.uploaded ?? 0,
    downBytesEver: moved.downloaded,
    upBytesEver: moved.uploaded,
    ratio: ratioOf({ uploaded: moved.uploaded, totalBytes: record.totalBytes }),
    seedingMs: transfer.seedingMs,
    networks: publicNetworksOf(record),
    peers: peersOf(transfer),
    ...countsOf(transfer),
    ...(stats?.etaMs !== undefined && !transfer.isComplete && { etaSeconds: Math.round(stats.etaMs / 1000) }),
    ...(transfer.wasRefused && !transfer.isComplete && { refused: true }),
    ...(waits && { queue: waits }),
    ...(record.goal && { goal: record.goal }),
    ...(record.replaced && { replaced: true }),
    ...(problem && { error: problem }),
    addedAt: record.addedAt,
    ...(record.completedAt !== undefined && { completedAt: record.completedAt }),
  }
}

/** All files of a content, made in turns: 60,000 of them would keep others waiting. */
export function fileRows(stored: StoredContent): Promise<FileRow[]> {
  return bySteps(rowsBySteps(stored))
}

function* rowsBySteps(stored: StoredContent): Generator<void, FileRow[]> {
  const rows: FileRow[] = []
  for (const { index, path, size } of stored.content.files) {
    const bytes = stored.fileProgress(index)
    const priority = stored.priority(index)
    if (rows.push({ index, path: path.join('/'), size, bytes, priority }) % rowsPerStep === 0) yield
  }
  return rows
}

export function peerRows(
  transfer: Transfer,
  { network, nameOf }: Pick<FilesHost, 'network' | 'nameOf'>,
): PeerRow[] {
  const connections = network?.connections() ?? []
  const pieces = Math.max(1, transfer.stored?.pieceCount ?? 1)
  return (transfer.swarm?.peerStats() ?? []).map(stats => {
    const path = pathOf(transfer, stats)
    const connection = connections.find(one => one.peer === stats.peer && one.path === path)
    const address = connection?.address ?? (isPublic(stats) ? stats.name : undefined)
    const subject = `peer:${stats.peer}` as const
    const contact = isPublic(stats) ? subject : (nameOf?.(subject) ?? subject)
    const punched = path === 'direct' && network?.punched(stats.peer)?.outcome === 'direct'
    return {
      infoHash: transfer.id,
      content: transfer.record.name,
      network: networkOf(stats),
      peer: stats.peer,
      ...(contact !== subject && { contact }),
      path,
      ...(punched && { punched }),
      ...(address !== undefined && { address }),
      ...(stats.clientVersion !== undefined && { client: stats.clientVersion }),
      ...(stats.rttMs !== undefined && { rttMs: stats.rttMs }),
      encrypted: stats.encrypted,
      downBytesPerSecond: stats.downRate,
      upBytesPerSecond: stats.upRate,
      downBytes: stats.downloaded,
      upBytes: stats.uploaded,
      progress: stats.pieces / pieces,
    }
  })
}

/** What the tracker says that knows most. */
function countsOf({ publicMembership }: Transfer): Pick<TransferSnapshot, 'seeds' | 'leeches' | 'completed'> {
  const out: { seeds?: number; leeches?: number; completed?: number } = {}
  for (const status of publicMembership?.status() ?? [])
    for (const what of ['seeds', 'leeches', 'completed'] as const) {
      const count = status[what]
      if (count !== undefined) out[what] = Math.max(out[what] ?? 0, count)
    }
  return out
}

function peersOf(transfer: Transfer): TransferSnapshot['peers'] {
  return (transfer.swarm?.peerStats() ?? []).map(stats => ({
    peer: stats.peer,
    path: pathOf(transfer, stats),
    downBytesPerSecond: stats.downRate,
  }))
}

/** Peers of the public network are named by address and peer id, those of private swarms by their PeerId. */
function isPublic({ peer }: PeerStats): boolean {
  return peer.includes(' ')
}

/** Web servers are named by their URL, IPFS by the path of the root. */
function networkOf(stats: PeerStats): PeerRow['network'] {
  if (isPublic(stats)) return 'bittorrent'
  if (stats.peer.startsWith('/ipfs/')) return 'ipfs'
  return /^https?:/.test(stats.peer) ? 'http' : 'private'
}

function pathOf(transfer: Transfer, stats: PeerStats): Path {
  if (!isPublic(stats)) return transfer.streamOf(stats.peer)?.path ?? 'direct'
  const ip = stats.peer.slice(0, stats.peer.indexOf(' '))
  return isLoopbackIp(ip) ? 'loopback' : isLanIp(ip) ? 'lan' : 'direct'
}

/** Bytes of all files that are not skipped. Complete content is not loaded to find out. */
export function wantedBytes({ stored, record }: Transfer): number {
  if (stored === undefined || record.origin === 'share') return record.totalBytes
  if (stored.isComplete) return record.wantedBytes ?? record.totalBytes
  return stored.wanted.bytes
}

/** The swarm counts as it goes; without one, paused for instance, the store is asked. */
export function missingBytes({ stored, swarm, isComplete }: Transfer, counted: number): number {
  if (isComplete || stored === undefined) return 0
  if (swarm?.content !== undefined) return counted
  const { bytes, verified } = stored.wanted
  return bytes - verified
}
