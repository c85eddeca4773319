import { z } from '../base/index.ts'

/** Bounds of what an info dictionary or `.torrent` file from elsewhere may ask for before it is believed. */
export interface ContentConfig {
  readonly maxInfoBytes: number
  readonly maxTorrentBytes: number
  readonly maxFiles: number
  readonly maxPieces: number
  readonly maxPieceLength: number
  readonly maxPathDepth: number
  readonly maxNameBytes: number
}

const count = (min: number, max: number): z.ZodNumber => z.number().int().min(min).max(max)

export const contentConfig: z.ZodType<ContentConfig> = z.object({
  maxInfoBytes: count(16_384, 1_073_741_824)
    .default(33_554_432)
    .describe('The longest info dictionary, in bytes. 60,000 files with long names need about 9 MB.'),
  maxTorrentBytes: count(16_384, 2_147_483_647)
    .default(134_217_728)
    .describe('The longest .torrent file, piece layers included, in bytes.'),
  maxFiles: count(1, 10_000_000)
    .default(250_000)
    .describe('How many files, links and padding files one content may have.'),
  maxPieces: count(1, 134_217_728)
    .default(2_097_152)
    .describe('How many pieces one content may have: each costs a bit a peer and 64 bytes of hashes.'),
  maxPieceLength: count(16_384, 536_870_912).default(268_435_456).describe('The longest piece, in bytes.'),
  maxPathDepth: count(1, 400)
    .default(100)
    .describe('How many names a path inside a content may have, folders included.'),
  maxNameBytes: count(255, 65_536).default(1_024).describe('The longest name of a file or folder, in bytes.'),
})

/** Every default of `contentConfig`. */
export const defaultContentConfig: ContentConfig = contentConfig.parse({})
