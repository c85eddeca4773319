import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { connectDaemon, type DaemonClient, type DaemonStatus, readVersion } from '../../daemon/index.ts'
import type { Diagnosis, Finding as PeerFinding } from '../../services/reach/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** What the peer finds has a code and values beside its sentences; what is found without it has none. */
type Finding = Omit<PeerFinding, 'code' | 'values'>

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
  return findings.some(({ level }) => level === 'bad') ? 1 : 0
}

async function tell({ print, paint }: CommandContext, findings: readonly Finding[]): Promise<void> {
  const signs = { good: paint.green('✓'), note: paint.yellow('!'), bad: paint.red('✗') }
  const width = Math.max(...findings.map(({ topic }) => topic.length))
  for (const { topic, level, text, advice, remedy } of findings) {
    await print(`${signs[level]} ${topic.padEnd(width)}  ${safeText(text)}`)
    if (advice !== undefined) await print(`  ${' '.repeat(width)}  ${paint.dim('→')} ${safeText(advice)}`)
    if (remedy !== undefined)
      await print(
        `  ${' '.repeat(width)}  ${paint.dim('→')} \`peerage doctor fix ${remedy}\` does what can be done here.`,
      )
  }
  const bad = findings.filter(({ level }) => level === 'bad').length
  await print(
    bad === 0 ? '\nNothing is wrong that can be seen from here.' : `\n${plural(bad, 'problem')} found.`,
  )
}

function checkVersions(): Finding {
  return {
    topic: 'Versions',
    level: 'good',
    text: `Peerage ${readVersion()}, Node.js ${process.versions.node}, ${process.platform}`,
  }
}

async function checkHome(home: string): Promise<Finding> {
  const facts = await stat(home).catch(() => undefined)
  if (facts === undefined)
    return {
      topic: 'Home',
      level: 'note',
      text: `${home} does not exist yet; it is made on first use.`,
    }
  const writable = await access(home, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!writable)
    return {
      topic: 'Home',
      level: 'bad',
      text: `${home} cannot be written.`,
      advice: 'Give yourself the right to it, or choose another with --home.',
    }
  if (process.platform !== 'win32' && (facts.mode & 0o022) !== 0)
    return {
      topic: 'Home',
      level: 'bad',
      text: `${home} can be changed by other users.`,
      advice: `chmod 700 '${home}'`,
    }
  return { topic: 'Home', level: 'good', text: home }
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
  if (free >= littleSpaceBytes) return [{ topic: 'Disk', level: 'good', text: `${formatBytes(free)} free` }]
  return [
    {
      topic: 'Disk',
      level: 'bad',
      text: `Only ${formatBytes(free)} free.`,
      advice: 'Free some space; downloads pause when the disk is full.',
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
  const text = new Date(now).toLocaleString()
  if (now > madeAt && written < now + 60_000) return { topic: 'Clock', level: 'good', text }
  return {
    topic: 'Clock',
    level: 'bad',
    text: `The clock says ${text}, which cannot be.`,
    advice: 'Set the time of this machine; permissions that expire depend on it.',
  }
}

const madeAt = Date.UTC(2025, 0, 1)

async function checkDaemon(daemon: DaemonClient | undefined, signal: AbortSignal): Promise<Finding[]> {
  if (daemon === undefined)
    return [
      {
        topic: 'Peer',
        level: 'note',
        text: 'No peer is running on this home.',
        advice: 'Start one with `peerage start`; then run `peerage doctor` again to see how it is reached.',
      },
    ]
  const status = (await daemon.call('daemon.status', {}, { signal })) as DaemonStatus
  const running: Finding = {
    topic: 'Peer',
    level: 'good',
    text: `running (process ${status.pid}), ${status.peerId}`,
  }
  return [
    running,
    ...checkVersion(status),
    ...(await checkPorts(status.addresses)),
    ...(await askPeer(daemon, signal)),
  ]
}

/** What the peer itself finds; an older one cannot say. */
async function askPeer(daemon: DaemonClient, signal: AbortSignal): Promise<readonly Finding[]> {
  const answer = Promise.resolve(daemon.call('reach.doctor', {}, { signal }))
  const diagnosis = (await answer.catch(() => undefined)) as Diagnosis | undefined
  signal.throwIfAborted()
  return diagnosis?.findings ?? []
}

function checkVersion(status: DaemonStatus): Finding[] {
  if (status.version === readVersion()) return []
  return [
    {
      topic: 'Peer version',
      level: 'note',
      text: `The running peer is version ${status.version}.`,
      advice: '`peerage stop`, then `peerage start` to use the new one.',
    },
  ]
}

/** Connects to each address of this machine as another peer would; a firewall may not let it. */
async function checkPorts(addresses: readonly string[]): Promise<Finding[]> {
  const own = new Set(Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(one => one.address)))
  const targets = addresses.flatMap(address => {
    const [, host = '', port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? []
    return own.has(host) ? [{ host, port: Number(port) }] : []
  })
  const tried = await Promise.all(
    targets.slice(0, 32).map(async target => ({ ...target, ok: await answers(target.host, target.port) })),
  )
  return tried
    .filter(({ ok }) => !ok)
    .map(({ host, port }) => ({
      topic: 'Port',
      level: 'bad',
      text: `${host} port ${port} does not answer.`,
      advice: 'A firewall on this machine may block it; allow the port for Peerage.',
    }))
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
