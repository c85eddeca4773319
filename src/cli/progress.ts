import type { Terminal } from './terminal.ts'
import { progressLine, type TransferView } from './transfer-view.ts'

export interface ProgressOptions {
  readonly terminal: Terminal
  readonly quiet: boolean
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

/** On a screen one line that is drawn over, at most ten times a second; elsewhere a line every few seconds. */
const drawIntervalMs = 100
const lineIntervalMs = 5000
/** What is over sooner than this is not shown at all. */
const quietStartMs = { screen: 300, elsewhere: 2000 }

/** Shows how something long goes, on stderr. */
export class Progress {
  readonly #terminal: Terminal
  readonly #quiet: boolean
  readonly #now: () => number
  readonly #startedAt: number
  readonly #samples: { at: number; bytes: number }[] = []
  #state: string | undefined
  #shownAt = Number.NEGATIVE_INFINITY
  #drawn = false

  constructor({ terminal, quiet, now = () => performance.now() }: ProgressOptions) {
    this.#terminal = terminal
    this.#quiet = quiet
    this.#now = now
    this.#startedAt = now()
  }

  update(view: TransferView): void {
    if (this.#quiet) return
    const now = this.#now()
    if (view.state !== this.#state) this.#samples.length = 0
    this.#state = view.state
    const speed = this.#speed(now, view)
    const screen = this.#terminal.stderrIsScreen
    if (now - this.#startedAt < (screen ? quietStartMs.screen : quietStartMs.elsewhere)) return
    if (now - this.#shownAt < (screen ? drawIntervalMs : lineIntervalMs)) return
    this.#shownAt = now
    this.#show(progressLine(view, speed, screen ? this.#terminal.columns() - 1 : 120))
  }

  /** Clears the line, so that other text can follow. */
  clear(): void {
    if (this.#drawn && this.#terminal.stderrIsScreen) this.#terminal.stderr.write('\r\u001b[K')
    this.#drawn = false
  }

  #show(line: string): void {
    this.#drawn = true
    this.#terminal.stderr.write(this.#terminal.stderrIsScreen ? `\r${line}\u001b[K` : `${line}\n`)
  }

  /** Bytes per second over the last five seconds. */
  #speed(now: number, { bytes }: TransferView): number | undefined {
    if (bytes === undefined) return undefined
    this.#samples.push({ at: now, bytes })
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > 5000) this.#samples.shift()
    const first = this.#samples[0]!
    return now - first.at < 200 ? undefined : ((bytes - first.bytes) * 1000) / (now - first.at)
  }
}
