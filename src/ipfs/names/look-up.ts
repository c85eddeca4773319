import { PeerageError } from '../../base/index.ts'
import { keyOfName } from '../../content/index.ts'
import { markOf, type NameMemory, type SeenName } from './kept-names.ts'
import { compareRecords, multihashOf, type OpenedRecord, openRecord, refused } from './opened-record.ts'
import type { IpfsNamesParts, Pointer } from './ports.ts'

/** What networks say of a name. */
export interface Found {
  /** The newest that is valid. */
  readonly record?: OpenedRecord
  readonly pointer?: Pointer
  /** Why another record was refused. */
  readonly problem?: PeerageError
  /** Whether its owner signed something else under the number that was seen last, as two devices of one may do. */
  readonly isDisputed: boolean
}

type LookUpParts = Pick<IpfsNamesParts, 'world' | 'config' | 'routing' | 'pointers'>

/**
 * Asks both networks for a name: the newest valid record, what is kept here included, and the pointer. Whatever is older than what was seen
 * before, or says something else under the same number, is refused as long as that holds; what has expired is gone: its owner may have
 * lost count with everything else. Rejects with `signal.reason`.
 */
export async function lookUp(
  parts: LookUpParts,
  memory: NameMemory,
  name: string,
  signal: AbortSignal,
): Promise<Found> {
  const { world, config, routing, pointers } = parts
  const multihash = multihashOf(name)
  const publicKey = keyOfName(multihash)
  const limit = new AbortController()
  const timers = [world.after(config.resolveMs, () => limit.abort(new Error('It takes too long.')))]
  const both = AbortSignal.any([signal, limit.signal])
  const asked: Promise<Pointer | undefined> =
    (publicKey && pointers?.get(publicKey, both).catch(() => undefined)) ?? Promise.resolve(undefined)
  const problems: PeerageError[] = []
  const seen = memory.seen(name)
  const holds = seen !== undefined && seen.validUntil > world.wallTime() ? seen : undefined
  let best: OpenedRecord | undefined
  let isDisputed = false
  const hear = (bytes: Uint8Array): void => {
    try {
      const opened = openRecord(multihash, bytes, world.wallTime())
      if (isOlder(opened, holds)) throw refused('a newer one was seen before, and still holds')
      if (isOther(opened, holds)) {
        isDisputed = true
        throw refused('its owner signed something else under the number that was seen before')
      }
      if (best === undefined || comparedBySequence(opened, best) < 0) best = opened
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      problems.push(error.code === 'name.refused' ? error : refused('it is malformed'))
    }
  }
  const kept = memory.kept(name)
  if (kept !== undefined) hear(kept.record)
  problems.length = 0
  try {
    for await (const bytes of routing.getRecords(multihash, both)) {
      hear(bytes)
      if (best !== undefined && timers.length < 2)
        timers.push(world.after(config.patienceMs, () => limit.abort(new Error('Enough was waited.'))))
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!limit.signal.aborted) throw error
  }
  // Who has a record waits no longer for the other network than for others in the first.
  if (best !== undefined && timers.length < 2)
    timers.push(world.after(config.patienceMs, () => limit.abort(new Error('Enough was waited.'))))
  const told = await Promise.race([asked, aborted(both)])
  for (const timer of timers) timer.cancel()
  signal.throwIfAborted()
  const pointer = told !== undefined && isOlder(told, holds) ? undefined : told
  if (pointer !== told) problems.push(refused('a newer one was seen before, and still holds'))
  const [problem] = problems
  return {
    isDisputed,
    ...(best && { record: best }),
    ...(pointer && { pointer }),
    ...(problem && { problem }),
  }
}

function isOlder({ sequence }: { readonly sequence: bigint }, seen: SeenName | undefined): boolean {
  return seen !== undefined && sequence < seen.sequence
}

function isOther({ sequence, target }: OpenedRecord, seen: SeenName | undefined): boolean {
  return seen?.mark !== undefined && sequence === seen.sequence && markOf(target) !== seen.mark
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}

function comparedBySequence(a: OpenedRecord, b: OpenedRecord): number {
  const nanos = ({ sequence, validUntil }: OpenedRecord) => ({
    sequence,
    validUntil: BigInt(Math.floor(validUntil)),
  })
  return compareRecords(nanos(a), nanos(b))
}
