import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { connectDaemon, type DaemonClient, type DaemonStatus, readVersion } from '../../daemon/index.ts'
import type { PortReport } from '../../services/reach/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatBytes, plural, safeText } from '../text.ts'
import { describeVerdict } from './port.ts'

/** One thing that was looked at. */
interface Finding {
  readonly what: string
  readonly state: 'good' | 'worth knowing' | 'bad'
  readonly found: string
  readonly remedy?: string
}

/** `peerage doctor`: exit code 1 when something is bad. */
export async function run(context: CommandContext): CommandResult {
  const daemon = await connectDaemon(context.home)
  const findings = [
    checkVersions(),
    await checkHome(context.home),
    ...(await checkDisk(context.home)),
    await checkClock(context.home),
    ...(await checkDaemon(daemon, context.signal)),
  ]
  if (context.options.json) await context.printJson(findings)
  else await tell(context, findings)
  return findings.some(({ state }) => state === 'bad') ? 1 : 0
}

async function tell({ print, paint }: CommandContext, findings: readonly Finding[]): Promise<void> {
  const signs = { good: paint.green('✓'), 'worth knowing': paint.yellow('!'), bad: paint.red('✗') }
  const width = Math.max(...findings.map(({ what }) => what.length))
  for (const { what, state, found, remedy } of findings) {
    await print(`${signs[state]} ${what.padEnd(width)}  ${safeText(found)}`)
    if (remedy !== undefined) await print(`  ${' '.repeat(width)}  ${paint.dim('→')} ${safeText(remedy)}`)
  }
  const bad = findings.filter(({ state }) => state === 'bad').length
  await print(
    bad === 0 ? '\nNothing is wrong that can be seen from here.' : `\n${plural(bad, 'problem')} found.`,
  )
}

function checkVersions(): Finding {
  return {
    what: 'Versions',
    state: 'good',
    found: `Peerage ${readVersion()}, Node.js ${process.versions.node}, ${process.platform}`,
  }
}

async function checkHome(home: string): Promise<Finding> {
  const facts = await stat(home).catch(() => undefined)
  if (facts === undefined)
    return {
      what: 'Home',
      state: 'worth knowing',
      found: `${home} does not exist yet; it is made on first use.`,
    }
  const writable = await access(home, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!writable)
    return {
      what: 'Home',
      state: 'bad',
      found: `${home} cannot be written.`,
      remedy: 'Give yourself the right to it, or choose another with --home.',
    }
  if (process.platform !== 'win32' && (facts.mode & 0o022) !== 0)
    return {
      what: 'Home',
      state: 'bad',
      found: `${home} can be changed by other users.`,
      remedy: `chmod 700 '${home}'`,
    }
  return { what: 'Home', state: 'good', found: home }
}

/** Less than this is little for a program that fetches files. */
const littleSpaceBytes = 1e9

async function checkDisk(home: string): Promise<Finding[]> {
  const place = await stat(home).then(
    () => home,
    () => dirname(home),
  )
  const facts = await statfs(place).catch(() => undefined)
  if (facts === undefined) return []
  const free = facts.bavail * facts.bsize
  if (free >= littleSpaceBytes) return [{ what: 'Disk', state: 'good', found: `${formatBytes(free)} free` }]
  return [
    {
      what: 'Disk',
      state: 'bad',
      found: `Only ${formatBytes(free)} free.`,
      remedy: 'Free some space; downloads pause when the disk is full.',
    },
  ]
}

/** Nobody is asked: a clock that stands before this program was made, or before its own files, is wrong. */
async function checkClock(home: string): Promise<Finding> {
  const now = Date.now()
  const written = await stat(join(home, 'daemon.json')).then(
    facts => facts.mtimeMs,
    () => 0,
  )
  const found = new Date(now).toLocaleString()
  if (now > madeAt && written < now + 60_000) return { what: 'Clock', state: 'good', found }
  return {
    what: 'Clock',
    state: 'bad',
    found: `The clock says ${found}, which cannot be.`,
    remedy: 'Set the time of this machine; permissions that expire depend on it.',
  }
}

const madeAt = Date.UTC(2025, 0, 1)

async function checkDaemon(daemon: DaemonClient | undefined, signal: AbortSignal): Promise<Finding[]> {
  if (daemon === undefined)
    return [
      {
        what: 'Peer',
        state: 'worth knowing',
        found: 'No peer is running on this home.',
        remedy: 'Start one with `peerage start`; then run `peerage doctor` again to see how it is reached.',
      },
    ]
  const status = (await daemon.call('daemon.status', {}, { signal })) as DaemonStatus
  const running: Finding = {
    what: 'Peer',
    state: 'good',
    found: `running (process ${status.pid}), ${status.peerId}`,
  }
  return [
    running,
    ...checkVersion(status),
    ...(await checkAddresses(status.addresses)),
    checkConnections(status),
    ...(await checkPort(daemon, signal)),
  ]
}

/** Whether others can reach it, as far as somebody who is connected can tell; an older peer cannot say. */
async function checkPort(daemon: DaemonClient, signal: AbortSignal): Promise<Finding[]> {
  const answer = Promise.resolve(daemon.call('reach.port', {}, { signal }))
  const report = (await answer.catch(() => undefined)) as PortReport | undefined
  if (report === undefined) return []
  const state = report.verdict === 'open' ? 'good' : 'worth knowing'
  return [{ what: 'Port (outside)', state, found: describeVerdict(report) }]
}

function checkVersion(status: DaemonStatus): Finding[] {
  if (status.version === readVersion()) return []
  return [
    {
      what: 'Peer version',
      state: 'worth knowing',
      found: `The running peer is version ${status.version}.`,
      remedy: '`peerage stop`, then `peerage start` to use the new one.',
    },
  ]
}

function checkConnections({ connections }: DaemonStatus): Finding {
  const peers = new Set(connections.map(({ peer }) => peer)).size
  if (peers > 0) return { what: 'Connections', state: 'good', found: plural(peers, 'peer') }
  return {
    what: 'Connections',
    state: 'worth knowing',
    found: 'No peer is connected right now; that is normal when nothing is exchanged.',
  }
}

/** Connects to each address of ours as another peer would, as far as that can be tried from here. */
async function checkAddresses(addresses: readonly string[]): Promise<Finding[]> {
  const targets = addresses.flatMap(address => {
    const match = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address)
    return match === null ? [] : [{ host: match[1]!, port: Number(match[2]) }]
  })
  if (targets.length === 0)
    return [
      {
        what: 'Addresses',
        state: 'bad',
        found: 'This peer listens nowhere, so nobody can reach it.',
        remedy: 'See `peerage config get network.hosts`, or whether another program has the port.',
      },
    ]
  const results = await Promise.all(
    targets
      .slice(0, 32)
      .map(async target => ({ ...target, answers: await answers(target.host, target.port) })),
  )
  const lan = results.filter(({ host }) => !/^(127\.|::1$)/.test(host))
  const found = results.map(({ host, port, answers: ok }): Finding => {
    const what = /^(127\.|::1$)/.test(host) ? 'Port (here)' : 'Port (LAN)'
    if (ok) return { what, state: 'good', found: `${host} port ${port} answers` }
    return {
      what,
      state: 'bad',
      found: `${host} port ${port} does not answer.`,
      remedy: 'A firewall on this machine may block it; allow the port for Peerage.',
    }
  })
  if (lan.length > 0) return found
  return [
    ...found,
    {
      what: 'Addresses',
      state: 'worth knowing',
      found: 'Only this machine can reach this peer: it has no address on a network.',
      remedy: 'Connect to a network; see also `peerage config get network.hosts`.',
    },
  ]
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2000, end(false))
    socket.once('connect', end(true)).once('error', end(false))
  })
}
