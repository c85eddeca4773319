import { openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  connectDaemon,
  type Daemon,
  daemonRuns,
  type HostedPeerOptions,
  type PageAddress,
  releaseStartupMemory,
} from '../../daemon/index.ts'
import type { PeerEvent } from '../../peer/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { Interrupted } from '../failure.ts'
import { openBrowser } from '../open-browser.ts'
import { withPassphrase } from '../passphrase.ts'
import { surviveStrays } from '../survive-strays.ts'
import { alignPairs } from '../table.ts'
import { safeText, shortPeer } from '../text.ts'
import { pathName } from '../transfer-view.ts'
import { howLong } from './open.ts'

/** `peerage start [--background]` */
export async function run(context: CommandContext): CommandResult {
  return context.input.background === 'true' ? startInBackground(context) : startHere(context)
}

async function startHere(context: CommandContext): Promise<number> {
  let run = 0
  for await (const daemon of runsOf(context)) await runOne(context, daemon, run++ === 0)
  const { reason } = context.signal
  context.note('Stopped. `peerage start` goes on where it was.')
  return reason instanceof Interrupted && reason.exitCode === 130 ? 130 : 0
}

/** A passphrase that was typed is good for the runs that follow. */
async function* runsOf(context: CommandContext): AsyncGenerator<Daemon> {
  const { createPeer, sections } = await context.runtime.loadPeer()
  let typed: string | undefined
  const options = {
    home: context.home,
    flags: context.options.config,
    environment: context.terminal.environment,
    createPeer: (parts: HostedPeerOptions) =>
      withPassphrase(context.terminal, passphrase => {
        typed = passphrase ?? typed
        return createPeer({ ...parts, ...(typed && { passphrase: typed }) })
      }),
    sections,
  }
  yield* daemonRuns(options)
}

async function runOne(context: CommandContext, daemon: Daemon, isFirst: boolean): Promise<void> {
  surviveStrays(daemon)
  // Pages that are open find it by themselves.
  if (isFirst || context.options.json) await tellReady(context, daemon)
  else context.note('Peerage is running again.')
  setImmediate(() => void releaseStartupMemory())
  const unlisten = daemon.events.listen(event => tellEvent(context, event))
  await Promise.race([daemon.stopped, aborted(context.signal)])
  unlisten()
  if (context.signal.aborted) context.note('Stopping ...')
  const inOrder = await daemon.stop()
  if (!inOrder) context.note('Not everything could be ended in order; nothing that was acknowledged is lost.')
  if (daemon.wantsRestart) context.note('Starting again ...')
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function tellReady(context: CommandContext, daemon: Daemon): Promise<void> {
  const { peer, info } = daemon
  if (context.options.json)
    return context.printJson({
      ready: true,
      pid: process.pid,
      peerId: peer.peerId,
      home: context.home,
      addresses: peer.addresses(),
      url: info?.url,
    })
  const { bold, dim, green, cyan } = context.notePaint
  // A ticket is shown only to a person at the screen, never to a log that stdout or stderr may go to.
  const address = context.terminal.stderrIsScreen ? await pageAddress(daemon) : undefined
  const pairs: [string, string][] = [
    ['Peer id', peer.peerId],
    ['Home', safeText(context.home)],
    ...peer
      .addresses()
      .map((address, i): [string, string] => [i === 0 ? 'Addresses' : '', safeText(address)]),
    ['Web app', cyan(address?.url ?? `${info?.url ?? ''}/`)],
  ]
  context.note(`${green('●')} ${bold('Peerage is running.')}\n`)
  context.note(alignPairs(pairs, dim).join('\n'))
  if (address !== undefined) await showPage(context, daemon, address)
  context.note(`\nIn another terminal:  peerage share FOLDER   ·   peerage get LINK   ·   peerage --help`)
  context.note(dim('Ctrl-C stops it.\n'))
}

async function pageAddress(daemon: Daemon): Promise<PageAddress> {
  const { signal } = new AbortController()
  return (await daemon.call('daemon.open', {}, { signal })) as PageAddress
}

/** The browser gets a ticket of its own, so that the printed address is good for another one. */
async function showPage(context: CommandContext, daemon: Daemon, printed: PageAddress): Promise<void> {
  const isWanted = context.input.noOpen !== 'true' && !context.options.quiet
  const isOpening = isWanted && (await openBrowser(context.terminal, (await pageAddress(daemon)).url))
  context.note(
    isOpening
      ? `\nYour browser shows it. The address above is for another browser. ${howLong(printed)}`
      : `\nOpen that address in a browser. ${howLong(printed)}`,
  )
}

/** The news that a person wants to read; all of it goes over `GET /api/events`. */
function tellEvent(context: CommandContext, event: PeerEvent): void {
  const text = eventText(event)
  if (text === undefined || context.options.json) return
  const time = new Date(event.at).toTimeString().slice(0, 8)
  context.note(`${context.notePaint.dim(time)}  ${text}`)
}

function eventText(event: PeerEvent): string | undefined {
  switch (event.type) {
    case 'content.added':
      return `${event.origin === 'share' ? 'Sharing' : 'Fetching'} ${safeText(event.name)}`
    case 'transfer.completed':
      return `Complete: ${safeText(event.name)}`
    case 'peer.connected':
      return `Connected: ${shortPeer(event.peer)} (${pathName(event.path)})`
    case 'peer.misbehaved':
      return `Misbehaved: ${shortPeer(event.peer)}, ${safeText(event.what)}`
    case 'file.changed':
      return `Changed on disk, no longer offered as it was: ${safeText(event.path)}`
    case 'error.occurred':
      return `Error: ${safeText(event.message)}`
    default:
      return undefined
  }
}

/** How long a peer may take to become ready. */
const readyTimeoutMs = 30_000

async function startInBackground(context: CommandContext): Promise<number> {
  const { PeerageError } = await import('../../base/index.ts')
  if ((await connectDaemon(context.home)) !== undefined)
    throw new PeerageError('daemon.running', `A peer already runs on ${context.home}.`)
  const folder = join(context.home, 'log')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const output = join(folder, 'start.log')
  const exitCode = await spawnDetached(context, output)
  const told = (await readFile(output, 'utf8').catch(() => '')).slice(-2000)
  if (exitCode === 'late')
    throw new PeerageError('daemon.unreachable', `The peer did not become ready; see ${output}.`)
  if (exitCode !== 'ready') {
    context.terminal.stderr.write(told)
    return exitCode
  }
  const daemon = await connectDaemon(context.home)
  if (context.options.json) await context.printJson({ ready: true, home: context.home, ...daemon?.info })
  else
    context.note(
      `Peerage runs in the background (process ${daemon?.info.pid}). \`peerage open\` shows its web app, \`peerage stop\` ends it.`,
    )
  return 0
}

/** Starts the same program as a session of its own and waits until its API answers or it has ended. */
async function spawnDetached(context: CommandContext, output: string): Promise<number | 'ready' | 'late'> {
  const { spawn } = await import('node:child_process')
  const log = openSync(output, 'w', 0o600)
  const { config } = context.options
  const settings = Object.entries(config).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const child = spawn(
    process.execPath,
    [process.argv[1]!, 'start', '--quiet', '--home', context.home, ...settings],
    {
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
    },
  )
  let ended: number | undefined
  child.once('exit', code => {
    ended = code ?? 1
  })
  child.once('error', () => {
    ended = 1
  })
  const until = performance.now() + readyTimeoutMs
  while (performance.now() < until) {
    context.signal.throwIfAborted()
    if (ended !== undefined) return ended
    if ((await connectDaemon(context.home)) !== undefined) {
      child.unref()
      return 'ready'
    }
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  child.kill()
  return 'late'
}
