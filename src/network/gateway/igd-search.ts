import type { Timer, World } from '../../base/index.ts'
import type { Datagrams } from '../datagrams.ts'
import { decodeSearchAnswer, encodeSearch, isSearchAnswer, searchTargets, ssdpGroup } from './ssdp.ts'

/** Answers are spread over one second. */
const waitSeconds = 1
const againAfterMs = [1_000]
const silentAfterMs = 2_500

export interface IgdSearchParts {
  readonly world: World
  readonly datagrams: Datagrams
  readonly router: string
}

/**
 * Where that router describes itself; undefined: it does not answer, or `signal`. Asked are the whole local network and, since some switches do
 * not pass multicast on, the router itself. Others that answer are not listened to: whoever opens ports is the router.
 */
export function findIgd(
  { world, datagrams, router }: IgdSearchParts,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const { promise, resolve } = Promise.withResolvers<URL | undefined>()
  if (signal.aborted) return Promise.resolve(undefined)
  const timers: Timer[] = []
  const end = (found?: URL): void => {
    unclaim()
    signal.removeEventListener('abort', giveUp)
    for (const timer of timers) timer.cancel()
    resolve(found)
  }
  const giveUp = (): void => end()
  const unclaim = datagrams.claim({
    name: 'ssdp',
    matches: (bytes, from) => from.address === router && isSearchAnswer(bytes),
    receive: bytes => {
      try {
        end(decodeSearchAnswer(bytes, router))
      } catch {
        // Of another device in the same box, or nonsense.
      }
    },
  })
  const ask = (): void => {
    for (const address of [ssdpGroup.address, router])
      for (const target of searchTargets)
        datagrams.send(encodeSearch(target, waitSeconds), { address, port: ssdpGroup.port })
  }
  signal.addEventListener('abort', giveUp)
  for (const delay of againAfterMs) timers.push(world.after(delay, ask))
  timers.push(world.after(silentAfterMs, giveUp))
  ask()
  return promise
}
