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
  /** While it is looked for: who was asked, and for how long nobody gave anything. */
  readonly asked?: number
  readonly quietMs?: number
}

/** The value of a stream as a view, when it looks like one. */
export function asTransferView(value: unknown): TransferView | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { phase, ...view } = value as TransferView & { phase?: string }
  if (typeof view.bytes !== 'number' && typeof view.quietMs !== 'number') return undefined
  const told = phase === undefined ? view : { ...view, state: phase }
  // How much it is, is not known yet: not all of nothing.
  if (told.state !== 'finding' || told.totalBytes !== 0) return told
  const { bytes, totalBytes, etaSeconds, ...known } = told
  return known
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

/** `1 peer (LAN)`, `2 LAN + 1 direct`. */
function peersInShort(peers: readonly PeerView[]): string {
  const told = describePeers(peers)
  return /\(.*,/.test(told) ? told.replace(/^.*\(|\)$/g, '').replaceAll(', ', ' + ') : told
}

/** How a path is called before people. */
export function pathName(path: string): string {
  return path === 'lan' ? 'LAN' : safeText(path)
}

export function fraction(view: TransferView): number | undefined {
  if (view.bytes === undefined || view.totalBytes === undefined) return undefined
  return view.totalBytes === 0 ? 1 : Math.min(1, Math.max(0, view.bytes / view.totalBytes))
}

/** The words behind the bar, in the order in which they are read. */
function describeTransfer(view: TransferView, bytesPerSecond: number | undefined): string[] {
  const speed = view.downBytesPerSecond ?? bytesPerSecond
  const left = view.etaSeconds ?? timeLeft(view, speed)
  return [
    ...(view.bytes === undefined ? [] : [amount(view)]),
    ...(speed === undefined || speed <= 0 ? [] : [formatSpeed(speed)]),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
    ...(view.peers === undefined ? [] : [peersInShort(view.peers)]),
    ...(view.asked === undefined ? [] : [`${plural(view.asked, 'peer')} asked`]),
    ...(view.quietMs === undefined ? [] : [`${formatDuration(view.quietMs / 1000)} without an answer`]),
  ]
}

/** `77.3/350 MB`: the unit once when both have the same. */
function amount({ bytes = 0, totalBytes }: TransferView): string {
  if (totalBytes === undefined) return formatBytes(bytes)
  const [number = '', unit = ''] = formatBytes(bytes).split(' ')
  const [totalNumber = '', totalUnit = ''] = formatBytes(totalBytes).split(' ')
  return `${number}${unit === totalUnit ? '' : ` ${unit}`}/${totalNumber} ${totalUnit}`
}

function timeLeft({ bytes = 0, totalBytes }: TransferView, speed: number | undefined): number | undefined {
  if (speed === undefined || speed <= 0 || totalBytes === undefined || bytes >= totalBytes) return undefined
  return (totalBytes - bytes) / speed
}

const longestBar = 20
const shortestBar = 6

/**
 * One line of at most `width` columns: `Fetching name ━━━━──── 42% 1.2/2.8 GB · 93 MB/s · 17 s left · 2 peers (LAN)`. When there
 * is too little room the name goes first, then the bar gets shorter, then the last words go.
 */
export function progressLine(view: TransferView, bytesPerSecond: number | undefined, width: number): string {
  const part = fraction(view)
  const percent = part === undefined ? '' : `${String(Math.floor(part * 100)).padStart(3)}% `
  const words = describeTransfer(view, bytesPerSecond)
  const state = stateName(view.state)
  const fixed = (): number => state.length + 1 + percent.length + words.join(' · ').length
  while (words.length > 1 && fixed() > width) words.pop()
  const room = width - fixed()
  const barWidth = part === undefined || room <= shortestBar ? 0 : Math.min(longestBar, room - 1)
  const bar = barWidth === 0 ? '' : `${drawBar(part ?? 0, barWidth)} `
  const name = view.name === undefined ? '' : safeText(view.name)
  const nameRoom = Math.min(24, room - barWidth - 2)
  const shown = nameRoom < 8 || name === '' ? '' : `${shorten(name, nameRoom)} `
  return shorten(`${state} ${shown}${bar}${percent}${words.join(' · ')}`, width)
}

function drawBar(part: number, width: number): string {
  const full = Math.round(part * width)
  return '━'.repeat(full) + '─'.repeat(width - full)
}

const stateNames: Readonly<Record<string, string>> = {
  scanning: 'Looking',
  hashing: 'Reading',
  finding: 'Finding',
  looking: 'Looking for',
  checking: 'Checking',
  verifying: 'Verifying',
  fetching: 'Fetching',
  sending: 'Sending',
  reading: 'Reading',
  writing: 'Writing',
  complete: 'Complete',
  queued: 'Queued',
  paused: 'Paused',
  failed: 'Failed',
}

/** A state before people. */
export function stateName(state: string | undefined): string {
  return state === undefined ? 'Working' : (stateNames[state] ?? safeText(state))
}
