import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Child, follow } from '../../bench/child.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'
import type { Way } from './path-peer.ts'
import type { NatKind } from './router.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`

const allKinds: readonly NatKind[] = [
  'full-cone',
  'address-restricted',
  'port-restricted',
  'symmetric',
  'sequential',
  'double',
  'udp-blocked',
  'ipv6-only',
]
/** `PEERAGE_LAB_KINDS=symmetric,sequential` looks at these alone. */
const chosen = process.env.PEERAGE_LAB_KINDS?.split(',')
const kinds = allKinds.filter(kind => chosen?.includes(kind) ?? true)
/** `PEERAGE_LAB_ROUNDS=20` for what decision 016 measures; each round is a lab of its own, so that no router remembers the one before. */
const rounds = Number(process.env.PEERAGE_LAB_ROUNDS ?? 1)
const relays = [0, 1, 2]
const port = 4001

interface Told {
  readonly peer: string
  readonly addresses: readonly string[]
  readonly nat: readonly { readonly kind: string; readonly step?: number }[]
}

interface Place {
  readonly child: Child
  readonly told: Told
}

interface Cell extends Way {
  readonly from: NatKind
  readonly to: NatKind
}

test.skipIf(missing !== undefined)(
  `peers behind routers of every kind come together${skipped}`,
  async () => {
    const cells: Cell[] = []
    for (let round = 0; round < rounds; round++) cells.push(...(await oneRound()))
    console.log(tableOf(cells))
    const isGood = (cell: Cell): boolean =>
      (isDirectlyPossible(cell.from, cell.to) ? cameTogether : stayedRelayed)(cell)
    for (const [pair, tries] of Map.groupBy(cells, ({ from, to }) => `${from} and ${to}`)) {
      const missed = tries.filter(cell => !isGood(cell))
      // 19 of 20; of a single round, one pair of all.
      if (rounds > 1 && missed.length > tries.length / 20) expect([pair, ...missed]).toEqual([pair])
    }
    const missed = cells.filter(cell => !isGood(cell))
    if (missed.length > Math.max(1, cells.length / 20)) expect(missed).toEqual([])
  },
  180_000 * rounds,
)

/** All pairs once; a kind has a machine on either side, in homes of their own. */
async function oneRound(): Promise<Cell[]> {
  await using lab = await createLab({
    hosts: relays.length + 2 * kinds.length,
    uplinkMbit: 50,
    rttMs: 40,
    internet: true,
  })
  const points = await Promise.all(
    relays.map(host => started(command => lab.run(host, command), ['relay', String(port)])),
  )
  // For whoever has one family only.
  const at = points.map(({ told }) => told.addresses.filter(address => !/\/(127\.|::1\/)|udp/.test(address)))
  const sides = await Promise.all([0, 1].map(side => startSide(lab, relays.length + side * kinds.length, at)))
  const [left = [], right = []] = sides
  const pairs = kinds.flatMap((_, i) => kinds.slice(i).map((_, j) => [i, i + j] as const))
  const cells: Cell[] = []
  // Each machine is in one pair at a time, and few pairs go at once: it is the routers that are measured.
  const waiting = [...pairs]
  const busy = new Set<string>()
  const work = async (): Promise<void> => {
    for (;;) {
      const at = waiting.findIndex(([i, j]) => !busy.has(`l${i}`) && !busy.has(`r${j}`))
      if (at < 0) {
        if (waiting.length === 0) return
        await new Promise(resolve => setTimeout(resolve, 20))
        continue
      }
      const [[i, j] = [0, 0]] = waiting.splice(at, 1)
      busy.add(`l${i}`).add(`r${j}`)
      cells.push({ from: kinds[i]!, to: kinds[j]!, ...(await wayTo(left[i]!, right[j]!)) })
      busy.delete(`l${i}`)
      busy.delete(`r${j}`)
    }
  }
  await Promise.all([work(), work(), work()])
  return cells
}

function startSide(lab: Lab, first: number, relays: readonly (readonly string[])[]): Promise<Place[]> {
  return Promise.all(
    kinds.map(async (kind, index) => {
      const machine = await lab.behind(first + index, kind)
      const family = kind === 'ipv6-only' ? '/ip6/' : '/ip4/'
      const reachable = relays.flatMap(
        addresses => addresses.find(address => address.startsWith(family)) ?? [],
      )
      return started(machine.run, ['peer', String(port), ...reachable])
    }),
  )
}

async function started(run: Parameters<typeof follow>[1], words: readonly string[]): Promise<Place> {
  const child = follow([process.execPath, join(import.meta.dirname, 'path-peer.ts'), ...words], run)
  return { child, told: JSON.parse(await child.line()) }
}

async function wayTo({ child }: Place, { told }: Place): Promise<Way> {
  // Only the way through a relay is known.
  const addresses = told.addresses.filter(address => address.includes('/p2p-circuit'))
  child.say(JSON.stringify({ peer: told.peer, addresses }))
  return JSON.parse(await child.line(line => line.includes(told.peer)))
}

function isDirectlyPossible(from: NatKind, to: NatKind): boolean {
  const both = [from, to]
  if (both.includes('udp-blocked')) return false
  if (both.includes('ipv6-only')) return from === to
  // One that draws ports meets none that takes a new one as well, drawn or not.
  return !(both.includes('symmetric') && both.every(kind => kind === 'symmetric' || kind === 'sequential'))
}

function cameTogether({ opened, openMs, directMs, path }: Way): boolean {
  return opened !== 'none' && openMs < 3_000 && path === 'direct' && (directMs ?? 0) < 5_000
}

function stayedRelayed({ opened, openMs, path }: Way): boolean {
  return opened === 'relayed' && openMs < 3_000 && path === 'relayed'
}

/** `pair -> path taken, time`. */
function tableOf(cells: readonly Cell[]): string {
  const rows = [...Map.groupBy(cells, ({ from, to }) => `${from} - ${to}`)].map(([pair, tries]) => {
    const direct = tries.filter(({ path }) => path === 'direct')
    const of = (values: readonly number[]): string => {
      const sorted = [...values].sort((a, b) => a - b)
      return sorted.length === 0
        ? ''
        : `${Math.round(sorted[sorted.length >> 1]!)} (${Math.round(sorted.at(-1)!)})`
    }
    return [
      pair.padEnd(40),
      `${direct.length}/${tries.length}`.padEnd(8),
      of(tries.map(({ openMs }) => openMs)).padEnd(14),
      of(direct.flatMap(({ directMs = 0 }) => [directMs])).padEnd(14),
      tries.find(({ path }) => path !== 'direct')?.reason ?? '',
    ].join('')
  })
  const head = `${'pair'.padEnd(40)}${'direct'.padEnd(8)}${'relayed ms'.padEnd(14)}${'direct ms'.padEnd(14)}why not`
  return ['median (slowest)', head, ...rows].join('\n')
}
