import { ratioOf } from '../goals.ts'
import { publicNetworksOf } from '../networks.ts'
import type { Problem, TransferSnapshot, TransferState } from '../snapshot.ts'
import { missingBytes, wantedBytes } from '../snapshots.ts'
import type { Transfer } from '../transfer.ts'

/** One line of a live list: what changes while one looks at it, in whole numbers. Names come from the network: hostile text. */
export interface WatchRow {
  readonly infoHash: string
  readonly name: string
  readonly origin: 'share' | 'download'
  readonly state: TransferState
  /** Verified bytes of what is wanted, and bytes of what is wanted; 0 until the metadata is known. */
  readonly bytes: number
  readonly totalBytes: number
  readonly files: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  /** Payload sent over all runs, and that to size. */
  readonly upBytesEver: number
  readonly ratio: number
  /** How many peers take part with this one. */
  readonly peers: number
  /** The networks that it is on beside the people who may have it, with commas between them. */
  readonly networks: string
  readonly etaSeconds?: number
  /** Its place in the queue, 0 first, whether it waits there or runs. */
  readonly position?: number
  readonly goal?: 'ratio' | 'minutes'
  readonly refused?: true
  readonly replaced?: true
  readonly error?: Problem
  readonly addedAt: number
  readonly completedAt?: number
}

/** What is different of a row: only the fields that changed, null for one that is not there any more. */
export type WatchChange = { readonly infoHash: string } & {
  readonly [Field in Exclude<keyof WatchRow, 'infoHash'>]?: WatchRow[Field] | null
}

const fields: readonly Exclude<keyof WatchRow, 'infoHash'>[] = [
  'bytes',
  'downBytesPerSecond',
  'upBytesPerSecond',
  'upBytesEver',
  'etaSeconds',
  'peers',
  'ratio',
  'state',
  'totalBytes',
  'name',
  'origin',
  'files',
  'networks',
  'position',
  'goal',
  'refused',
  'replaced',
  'error',
  'addedAt',
  'completedAt',
]

/** The row of a transfer at this moment. Cheaper than its snapshot: thousands of them are made every second. */
export function watchRow(transfer: Transfer): WatchRow {
  const { record, swarm, problem, queuePlace, isComplete } = transfer
  const stats = swarm?.stats()
  const wanted = wantedBytes(transfer)
  const { uploaded } = transfer.moved
  const row: { -readonly [Field in keyof WatchRow]: WatchRow[Field] } = {
    infoHash: transfer.id,
    name: record.name,
    origin: record.origin,
    state: transfer.state,
    bytes:
      transfer.stored === undefined
        ? 0
        : Math.max(0, wanted - missingBytes(transfer, stats?.missingBytes ?? 0)),
    totalBytes: wanted,
    files: record.fileCount,
    downBytesPerSecond: Math.round(stats?.downRate ?? 0),
    upBytesPerSecond: Math.round(stats?.upRate ?? 0),
    upBytesEver: uploaded,
    ratio: Math.round(ratioOf({ uploaded, totalBytes: record.totalBytes }) * 100) / 100,
    peers: swarm?.peerCount ?? 0,
    networks: publicNetworksOf(record),
    addedAt: record.addedAt,
  }
  if (stats?.etaMs !== undefined && !isComplete) row.etaSeconds = Math.round(stats.etaMs / 1000)
  if (queuePlace !== undefined) row.position = queuePlace
  if (record.goal !== undefined) row.goal = record.goal
  if (!isComplete && transfer.wasRefused) row.refused = true
  if (record.replaced) row.replaced = true
  if (problem !== undefined) row.error = problem
  if (record.completedAt !== undefined) row.completedAt = record.completedAt
  return row
}

/** The row of what is fetched by its CID. */
export function watchRowOf(one: TransferSnapshot): WatchRow {
  return {
    infoHash: one.infoHash,
    name: one.name,
    origin: one.origin,
    state: one.state,
    bytes: one.bytes,
    totalBytes: one.totalBytes,
    files: one.files,
    downBytesPerSecond: Math.round(one.downBytesPerSecond),
    upBytesPerSecond: Math.round(one.upBytesPerSecond),
    upBytesEver: one.upBytesEver,
    ratio: one.ratio,
    peers: one.peers.length,
    networks: one.networks,
    addedAt: one.addedAt,
    ...(one.etaSeconds !== undefined && { etaSeconds: one.etaSeconds }),
    ...(one.error !== undefined && { error: one.error }),
  }
}

/** What of a row is not as it was; undefined: nothing. */
export function changeOf(before: WatchRow, now: WatchRow): WatchChange | undefined {
  let change: Record<string, unknown> | undefined
  for (const field of fields) {
    if (before[field] === now[field] || (field === 'error' && isSame(before.error, now.error))) continue
    change ??= { infoHash: now.infoHash }
    change[field] = now[field] ?? null
  }
  return change as WatchChange | undefined
}

function isSame(one: Problem | undefined, other: Problem | undefined): boolean {
  return one?.code === other?.code && one?.message === other?.message
}
