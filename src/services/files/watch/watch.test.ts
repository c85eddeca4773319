import { expect, test } from 'vitest'
import { VirtualWorld } from '../../../base/index.ts'
import { maxRowsPerUpdate, maxWatchers, Watch, watchIntervalMs } from './watch.ts'
import type { WatchRow } from './watch-row.ts'

const never = new AbortController().signal

function rowOf(infoHash: string, more: Partial<WatchRow> = {}): WatchRow {
  return {
    infoHash,
    name: infoHash,
    origin: 'download',
    state: 'fetching',
    bytes: 0,
    totalBytes: 10,
    files: 1,
    downBytesPerSecond: 0,
    upBytesPerSecond: 0,
    upBytesEver: 0,
    ratio: 0,
    peers: 0,
    networks: '',
    addedAt: 0,
    ...more,
  }
}

function watching(rows: () => Iterable<WatchRow>): { watch: Watch; world: VirtualWorld } {
  const world = new VirtualWorld(1)
  return { watch: new Watch({ world, rows }), world }
}

/** Lets time pass until the promise is settled. */
async function during<T>(world: VirtualWorld, promise: Promise<T>): Promise<T> {
  let isSettled = false
  void promise.finally(() => {
    isSettled = true
  })
  while (!isSettled) {
    await new Promise(resolve => setImmediate(resolve))
    world.advance(100)
  }
  return promise
}

test('first comes everything, then what changed, what is not there any more, and who is gone', async () => {
  let rows = [rowOf('a', { etaSeconds: 5 }), rowOf('b'), rowOf('c')]
  const { watch, world } = watching(() => rows)
  const updates = watch.updates(never)
  expect(await during(world, updates.next())).toEqual({ done: false, value: { rows, removed: [] } })
  rows = [rowOf('a', { bytes: 3 }), rowOf('c'), rowOf('d')]
  const began = world.now()
  expect((await during(world, updates.next())).value).toEqual({
    rows: [{ infoHash: 'a', bytes: 3, etaSeconds: null }, rowOf('d')],
    removed: ['b'],
  })
  expect(world.now() - began).toBeGreaterThanOrEqual(watchIntervalMs)
  await updates.return(undefined)
})

test('a slow reader gets the latest, in one update', async () => {
  let bytes = 0
  const { watch, world } = watching(() => [rowOf('a', { bytes: bytes++ })])
  const slow = watch.updates(never)
  const quick = watch.updates(never)
  await during(world, slow.next())
  for (let i = 0; i < 10; i++) await during(world, quick.next())
  const { value } = await during(world, slow.next())
  expect(value?.rows).toEqual([{ infoHash: 'a', bytes: bytes - 1 }])
  await slow.return(undefined)
  await quick.return(undefined)
})

test('a long list comes in parts', async () => {
  const rows = Array.from({ length: maxRowsPerUpdate + 1 }, (_, i) => rowOf(String(i)))
  const { watch, world } = watching(() => rows)
  const updates = watch.updates(never)
  const first = (await during(world, updates.next())).value
  expect([first?.rows.length, first?.more]).toEqual([maxRowsPerUpdate, true])
  const second = (await during(world, updates.next())).value
  expect([second?.rows.length, second?.more]).toEqual([1, undefined])
  await updates.return(undefined)
})

test('so many may watch, and who goes makes room', async () => {
  const { watch, world } = watching(() => [])
  const all = Array.from({ length: maxWatchers }, () => watch.updates(never))
  for (const one of all) await during(world, one.next())
  await expect(watch.updates(never).next()).rejects.toMatchObject({ code: 'usage.invalid' })
  await all[0]!.return(undefined)
  expect((await during(world, watch.updates(never).next())).value).toEqual({ rows: [], removed: [] })
})
