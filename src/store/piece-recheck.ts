import type { Bitfield } from '../base/index.ts'
import { checkPieces, type PieceSource } from './check-pieces.ts'
import type { Completion } from './completion.ts'
import type { StatResult } from './io-jobs.ts'
import { type CheckRequest, type Found, isOurWork, reopen } from './settle-found.ts'
import { sameStamp } from './stamps.ts'
import type { StoredParts } from './stored-parts.ts'

export interface PieceFindings {
  /** Pieces that were believed and are wrong. */
  readonly bad: readonly number[]
  /** Pieces that were not known and are right. */
  readonly recovered: readonly number[]
  /** Requested files that are not on disk. */
  readonly gone: readonly number[]
}

const statsAtOnce = 2048

/**
 * Finds out by hashing what of v1 content is on disk. A piece is judged as a whole, with all files that it lies in: one that
 * cannot be judged, because a neighbour is missing, says nothing against a file.
 */
export class PieceRecheck {
  readonly #parts: StoredParts
  readonly #completion: Completion

  constructor(parts: StoredParts, completion: Completion) {
    this.#parts = parts
    this.#completion = completion
  }

  /** Looks over some files. `onGone` is told of those that are not there, before anything is hashed. */
  async run(
    requests: readonly CheckRequest[],
    onGone: (file: number) => readonly number[],
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<PieceFindings> {
    const { bits, map, host, files, content } = this.#parts
    // Of others nothing can be lost, and while they are looked for something may come in.
    const believed = new Set(
      requests
        .map(({ file }) => file)
        .filter(
          file => files.stamp(file) !== undefined || bits.missing(file) < content.files[file]!.pieceCount,
        ),
    )
    const found = await this.#find(this.#withSharers(requests))
    const gone = [...believed].filter(file => !found.has(file))
    const bad: number[] = gone.flatMap(file => onGone(file))
    const here = requests.filter(({ file }) => found.has(file))
    const known = bits.have.copy()
    const recovered: number[] = []
    const wrong = new Set<number>()
    await checkPieces(host.pool, {
      map,
      sources: new Map([...found].map(([file, one]) => [file, sourceOf(one)])),
      pieces: this.#piecesOf(here, known),
      signal,
      visit: (piece, isRight) => {
        onBytes(map.payloadSize(piece))
        // Completed while it was hashed: it was not found because it has another name now.
        const moved = (file: number): boolean => found.get(file)?.stage === 'part' && files.isFinal(file)
        if (!isRight && map.filesOf(piece).some(moved)) return
        const file = map.filesOf(piece)[0]!
        if (isRight && !bits.have.has(piece)) {
          bits.setPiece(file, piece)
          recovered.push(piece)
        } else if (!isRight && known.has(piece)) {
          bits.clearPiece(file, piece)
          bad.push(piece)
        }
        if (!isRight) this.#suspect(piece, found, known, wrong)
      },
    })
    await this.#settle(here, found, wrong)
    return { bad: bad.sort((a, b) => a - b), recovered, gone }
  }

  /** Files of a wrong piece are wrong only when all of them are meant to be right. */
  #suspect(piece: number, found: ReadonlyMap<number, Found>, known: Bitfield, wrong: Set<number>): void {
    const files = this.#parts.map.filesOf(piece)
    if (known.has(piece) || files.every(file => found.get(file)?.stage === 'final'))
      for (const file of files) wrong.add(file)
  }

  async #settle(
    requests: readonly CheckRequest[],
    found: ReadonlyMap<number, Found>,
    wrong: ReadonlySet<number>,
  ): Promise<void> {
    const { bits } = this.#parts
    const touched = new Set<number>()
    for (const request of requests) {
      await this.#settleFile(request, found.get(request.file)!, wrong.has(request.file))
      touched.add(request.file)
      for (const sharer of bits.sharers(request.file)) touched.add(sharer)
    }
    for (const file of touched) await this.#settleSharer(file, wrong.has(file), found.get(file))
  }

  /** Brings the name and the stamp of a file in line with what hashing found in it. */
  async #settleFile({ file, ours }: CheckRequest, { stage, stamp }: Found, isWrong: boolean): Promise<void> {
    const { files, bits, host } = this.#parts
    const whole = bits.missing(file) === 0
    if (stage === 'final' && isWrong && !whole)
      await reopen(this.#parts, file, ours && isOurWork(this.#parts, file, stamp))
    else if (stage === 'final') {
      if (!sameStamp(files.stamp(file), stamp)) host.pool.forget(files.retire(file))
      if (whole) this.#completion.settleFile(file, stamp)
      else files.setFinal(file, stamp)
    } else if (!files.isFinal(file)) {
      if (whole && !files.isSkipped(file)) await this.#completion.fileDone(file, undefined)
      else files.setPart(file, stamp)
    }
  }

  /** A file that was not asked about may have become whole, or be wrong, with a piece that it shares. */
  async #settleSharer(file: number, isWrong: boolean, found: Found | undefined): Promise<void> {
    const { files, bits } = this.#parts
    const whole = bits.missing(file) === 0
    if (isWrong && !whole && files.isFinal(file) && found !== undefined)
      await reopen(this.#parts, file, isOurWork(this.#parts, file, found.stamp))
    else if (whole && files.isPart(file) && !files.isSkipped(file))
      await this.#completion.fileDone(file, undefined)
    this.#completion.refresh(file)
  }

  #piecesOf(requests: readonly CheckRequest[], known: Bitfield): number[] {
    const { files } = this.#parts.content
    const pieces = new Set<number>()
    for (const { file, onlyMissing } of requests) {
      const { firstPiece, pieceCount } = files[file]!
      for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++)
        if (!onlyMissing || !known.has(piece)) pieces.add(piece)
    }
    return [...pieces].sort((a, b) => a - b)
  }

  #withSharers(requests: readonly CheckRequest[]): number[] {
    const files = new Set<number>()
    for (const { file } of requests) {
      files.add(file)
      for (const sharer of this.#parts.bits.sharers(file)) files.add(sharer)
    }
    return [...files]
  }

  async #find(indices: readonly number[]): Promise<Map<number, Found>> {
    const { files, content, row, host } = this.#parts
    const out = new Map<number, Found>()
    for (let from = 0; from < indices.length; from += statsAtOnce) {
      const some = indices.slice(from, from + statsAtOnce)
      const paths = some.flatMap(file => [files.finalPath(file), files.partPath(file)])
      const stats = await host.pool.run({ op: 'stat', base: row.base, paths })
      some.forEach((file, i) => {
        const fits = (stat: StatResult): boolean =>
          stat.kind === 'file' && stat.size === content.files[file]!.size
        const stages = [
          { stage: 'final', ref: () => files.finalRef(file), stat: stats[2 * i]! },
          { stage: 'part', ref: () => files.partRef(file), stat: stats[2 * i + 1]! },
        ] as const
        const ordered = files.isFinal(file) ? stages : ([stages[1], stages[0]] as const)
        const one = ordered.find(({ stat }) => fits(stat))
        if (one === undefined) return
        const { size, mtimeMs, ino } = one.stat
        out.set(file, { stage: one.stage, ref: one.ref(), stamp: { size, mtimeMs, ino } })
      })
    }
    return out
  }
}

function sourceOf({ stage, ref, stamp }: Found): PieceSource {
  return { file: ref, stamp: stage === 'final' ? stamp : undefined }
}
