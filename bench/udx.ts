import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createLab, type Lab, missingForLab } from '../test/lab/lab.ts'
import { type Child, follow, type Starter, startHere } from './child.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'

const flow = join(import.meta.dirname, 'opponents/stream-flow.ts')
const uplinkMbit = 100
const rttMs = 50
const lossPercent = 1

type Kind = 'udx' | 'tcp' | 'peerage'
type Road = 'loopback' | 'lossy link'

interface Row {
  readonly road: Road
  readonly kind: Kind
}

const names: Readonly<Record<Kind, string>> = { udx: 'udx-native', tcp: 'TCP', peerage: 'Peerage' }
const rows: readonly Row[] = [
  { road: 'loopback', kind: 'udx' },
  { road: 'loopback', kind: 'peerage' },
  { road: 'lossy link', kind: 'tcp' },
  { road: 'lossy link', kind: 'peerage' },
]
const nameOf = ({ road, kind }: Row): string => `${road}: ${names[kind]}`

/** Our connections over UDP: what encryption, proof of identity and streams cost beside bare UDX, and how they do where packets are lost. */
export const udx: Scenario = {
  name: 'udx',
  summary:
    'one stream over UDX: on loopback beside udx-native alone, and with 1 % loss and 50 ms beside the kernel’s TCP',
  opponents: [],
  async prepare({ smoke }) {
    const reason = missingForLab()
    if (reason !== undefined) throw new Error(`UDX cannot be measured: ${reason}`)
    const byName = new Map(rows.map(row => [nameOf(row), row]))
    return {
      systems: [...byName.keys()],
      async measure(name) {
        const row = byName.get(name)
        if (row === undefined) return {}
        return row.road === 'loopback' ? await overLoopback(row.kind, smoke) : await overLink(row.kind, smoke)
      },
      goals: goalsOf,
      [Symbol.asyncDispose]: async () => {},
    }
  },
}

function overLoopback(kind: Kind, smoke: boolean): Promise<Figures> {
  const times = smoke ? { warmMs: 500, ms: 500 } : { warmMs: 2_000, ms: 6_000 }
  return measure(kind, [startHere, startHere], ['127.0.0.1', '127.0.0.1'], times)
}

async function overLink(kind: Kind, smoke: boolean): Promise<Figures> {
  await using lab = await createLab({ hosts: 2, uplinkMbit, rttMs })
  for (const host of [0, 1]) await losePackets(lab, host)
  // Of TCP the kind that nearly all systems have, whatever this machine prefers.
  const device = ['dev', 'tun0', 'congctl', 'cubic']
  await done(lab.run(0, ['ip', 'route', 'replace', `${lab.addressOf(1)}/32`, ...device]))
  const starters: [Starter, Starter] = [0, 1].map(host => command => lab.run(host, command)) as [
    Starter,
    Starter,
  ]
  const addresses: [string, string] = [lab.addressOf(0), lab.addressOf(1)]
  return await measure(
    kind,
    starters,
    addresses,
    smoke ? { warmMs: 1_500, ms: 1_500 } : { warmMs: 3_000, ms: 12_000 },
  )
}

async function losePackets(lab: Lab, host: number): Promise<void> {
  for (const rule of [
    'add table inet lossy',
    'add chain inet lossy in { type filter hook prerouting priority -300 ; }',
    `add rule inet lossy in iif tun0 numgen random mod 100 < ${lossPercent} drop`,
  ])
    await done(lab.run(host, ['nft', ...rule.split(' ')]))
}

async function done(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} failed`)
}

/** One flow, from the first starter and address to the second. */
async function measure(
  kind: Kind,
  [from, to]: readonly [Starter, Starter],
  [fromAddress, toAddress]: readonly [string, string],
  { warmMs, ms }: { readonly warmMs: number; readonly ms: number },
): Promise<Figures> {
  const command = (...words: readonly string[]): string[] => [process.execPath, flow, ...words]
  await using receiver = follow(command('receive', kind, toAddress), to)
  const target = await receiver.line()
  // TCP is dialled where it listens, UDX needs both sides to be told.
  await using sender = follow(command('send', kind, kind === 'tcp' ? toAddress : fromAddress, target), from)
  if (kind === 'udx') {
    receiver.say(`${fromAddress} ${await sender.line()}`)
    sender.say(`${toAddress} ${target}`)
  }
  await pause(warmMs)
  const before = await read(sender, receiver)
  await pause(ms)
  const after = await read(sender, receiver)
  const bytes = after.receiver.received - before.receiver.received
  const perGigabyte = (side: 'sender' | 'receiver'): number =>
    ((after[side].cpuSeconds - before[side].cpuSeconds) * 1e9) / bytes
  return {
    'MB/s': bytes / 1_000 / (after.at - before.at),
    'CPU s/GB sending': perGigabyte('sender'),
    'CPU s/GB receiving': perGigabyte('receiver'),
  }
}

interface Told {
  readonly received: number
  readonly cpuSeconds: number
}

async function read(
  sender: Child,
  receiver: Child,
): Promise<{ readonly at: number; readonly sender: Told; readonly receiver: Told }> {
  sender.say('')
  receiver.say('')
  const [first, second] = await Promise.all([sender.line(), receiver.line()])
  return { at: performance.now(), sender: JSON.parse(first), receiver: JSON.parse(second) }
}

function goalsOf(medians: Medians): readonly Goal[] {
  const rate = (road: Road, kind: Kind): number => medians.get(nameOf({ road, kind }))?.['MB/s'] ?? Number.NaN
  return [
    {
      what: 'rate beside udx-native on loopback',
      value: rate('loopback', 'peerage') / rate('loopback', 'udx'),
      limit: 0.8,
      atLeast: true,
    },
    {
      what: 'rate beside TCP with loss',
      value: rate('lossy link', 'peerage') / rate('lossy link', 'tcp'),
      limit: 1,
      atLeast: true,
    },
  ]
}
