import { formatBytes, formatDuration, formatSpeed, plural, safeText, shorten } from './text.ts'

export interface PeerView {
  readonly peer?: string
  readonly path?: string
}

/** What a stream operation tells while it goes on. Every field may be missing: it says what it knows. */
export interface TransferView {
  readonly state?: string
  readonly name?: string
  readonly bytes?: number
  readonly totalBytes?: number
  /** How many files there are. */
  readonly files?: number
  readonly downBytesPerSecond?: number
  readonly upBytesPerSecond?: number
  readonly etaSeconds?: number
  readonly peers?: readonly PeerView[]
}

/** The value of a stream as a view, when it looks like one. */
export function asTransferView(value: unknown): TransferView | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { phase, ...view } = value as TransferView & { phase?: string }
  if (typeof view.bytes !== 'number') return undefined
  return phase === undefined ? view : { ...view, state: phase }
}

/** `3 peers (2 LAN, 1 direct)`: how many, and by which path each is reached. */
export function describePeers(peers: readonly PeerView[]): string {
  const paths = new Map<string, number>()
  for (const { path } of peers) if (path !== undefined) paths.set(path, (paths.get(path) ?? 0) + 1)
  const told = [...paths].map(([path, count]) =>
    paths.size === 1 ? pathName(path) : `${count} ${pathName(path)}`,
  )
  return `${plural(peers.length, 'peer')}${told.length === 0 ? '' : ` (${told.join(', ')})`}`
}

/** How a path is called before people. */
export function pathName(path: string): string {
  return path === 'lan' ? 'LAN' : safeText(path)
}

export function fraction(view: TransferView): number | undefined {
  if (view.bytes === undefined || view.totalBytes === undefined) return undefined
  return view.totalBytes === 0 ? 1 : Math.min(1, Math.max(0, view.bytes / view.totalBytes))
}

/** The words behind the bar, most important first. */
export function describeTransfer(view: TransferView, bytesPerSecond: number | undefined): string[] {
  const speed = view.downBytesPerSecond ?? bytesPerSecond
  const left = view.etaSeconds ?? timeLeft(view, speed)
  return [
    ...(view.bytes === undefined ? [] : [amount(view)]),
    ...(speed === undefined || speed <= 0 ? [] : [formatSpeed(speed)]),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
    ...(view.peers === undefined ? [] : [describePeers(view.peers)]),
    ...(view.files === undefined || view.files < 2 ? [] : [plural(view.files, 'file')]),
  ]
}

function amount({ bytes = 0, totalBytes }: TransferView): string {
  return totalBytes === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`
}

function timeLeft({ bytes = 0, totalBytes }: TransferView, speed: number | undefined): number | undefined {
  if (speed === undefined || speed <= 0 || totalBytes === undefined || bytes >= totalBytes) return undefined
  return (totalBytes - bytes) / speed
}

/** One line of at most `width` columns: `Fetching name ━━━━──── 42% 1.2 GB of 2.8 GB · 93 MB/s · ...` */
export function progressLine(view: TransferView, bytesPerSecond: number | undefined, width: number): string {
  const part = fraction(view)
  const barWidth = width >= 60 ? 20 : 10
  const bar =
    part === undefined ? '' : `${drawBar(part, barWidth)} ${String(Math.floor(part * 100)).padStart(3)}% `
  const state = `${stateName(view.state)} `
  let words = describeTransfer(view, bytesPerSecond)
  const room = (): number => width - state.length - [...bar].length - words.join(' · ').length - 1
  while (words.length > 1 && room() < 0) words = words.slice(0, -1)
  const name =
    room() > 8 && view.name !== undefined ? `${shorten(safeText(view.name), Math.min(24, room() - 1))} ` : ''
  return shorten(`${state}${name}${bar}${words.join(' · ')}`, width)
}

function drawBar(part: number, width: number): string {
  const full = Math.round(part * width)
  return '━'.repeat(full) + '─'.repeat(width - full)
}

const stateNames: Readonly<Record<string, string>> = {
  scanning: 'Looking',
  hashing: 'Reading',
  finding: 'Finding',
  checking: 'Checking',
  verifying: 'Verifying',
  fetching: 'Fetching',
  complete: 'Complete',
  paused: 'Paused',
  failed: 'Failed',
}

/** A state before people. */
export function stateName(state: string | undefined): string {
  return state === undefined ? 'Working' : (stateNames[state] ?? safeText(state))
}
