/** Somebody who reads the content in order and waits for it: a player, `cat`, a browser. */
export interface Reader {
  /** The next piece it needs; the window goes on from there. */
  moveTo(piece: number): void
  close(): void
}

interface Window {
  from: number
  readonly last: number
  readonly pieces: number
}

/** Pieces that readers wait for, earliest first. A window is a few megabytes, so it is simply walked. */
export class Deadlines {
  readonly #windows = new Set<Window>()
  readonly #maxReaders: number
  readonly #onMove: (from: number, to: number) => void

  constructor(maxReaders: number, onMove: (from: number, to: number) => void) {
    this.#maxReaders = maxReaders
    this.#onMove = onMove
  }

  get active(): boolean {
    return this.#windows.size > 0
  }

  /** Undefined when there are too many readers. `pieces` is how far ahead of the reader to fetch in order. */
  open(first: number, last: number, pieces: number): Reader | undefined {
    if (this.#windows.size >= this.#maxReaders) return undefined
    const window: Window = { from: first, last, pieces: Math.max(1, pieces) }
    this.#windows.add(window)
    const moved = (): void => this.#onMove(window.from, Math.min(last, window.from + window.pieces - 1))
    moved()
    return {
      moveTo: piece => {
        window.from = piece
        moved()
      },
      close: () => void this.#windows.delete(window),
    }
  }

  covers(piece: number): boolean {
    for (const { from, last, pieces } of this.#windows)
      if (piece >= from && piece <= last && piece < from + pieces) return true
    return false
  }

  /** Pieces in windows, those nearest to any reader first. Stops when `visit` answers false. */
  walk(visit: (piece: number, distance: number) => boolean): void {
    let ahead = 0
    for (let some = true; some; ahead++) {
      some = false
      for (const { from, last, pieces } of this.#windows) {
        if (ahead >= pieces || from + ahead > last) continue
        some = true
        if (!visit(from + ahead, ahead)) return
      }
    }
  }
}
