import type { RunningService } from '../../base/index.ts'
import { Files } from './files.ts'
import type { FilesHost } from './host.ts'
import { filesOperations } from './operations.ts'

export type { Audience } from './audience.ts'
export type { ShareRow } from './browse/browse.ts'
export type { Person } from './browse/person.ts'
export type { WishRow } from './browse/wishes.ts'
export type { CidUpdate, NamedPath } from './cids/cid-of-path.ts'
export { type FilesConfig, filesConfig } from './config.ts'
export type { CreatedTorrent, CreateInput, CreateUpdate } from './create-torrent.ts'
export type { Fact } from './facts.ts'
export { Files } from './files.ts'
export type { FilesEvent, FilesHost } from './host.ts'
export type { ImportedTorrent, ImportInput } from './import/import-torrents.ts'
export type {
  CatInput,
  ChooseInput,
  Details,
  ExportInput,
  GetInput,
  LeaningPin,
  Removed,
  SetInput,
  Share,
  ShareInput,
  ShareUpdate,
  VerifyUpdate,
} from './inputs.ts'
export type { FileKind } from './kinds.ts'
export type { LibraryPage, LibraryRow } from './library.ts'
export type { MoveInput, MoveUpdate } from './move.ts'
export { filesOperations } from './operations.ts'
export type { PieceCells } from './piece-cells.ts'
export type { Preview, PreviewFile, PreviewInput, PreviewUpdate } from './preview/preview.ts'
export { queueKeys } from './queue.ts'
export type { FileRow, PeerRow, Problem, TransferRow, TransferSnapshot, TransferState } from './snapshot.ts'
export type { Speeds } from './speeds.ts'
export type { Totals } from './statistics.ts'
export type { WatchUpdate } from './watch/watch.ts'
export type { WatchChange, WatchRow } from './watch/watch-row.ts'

/** The files service, running: shares are offered, unfinished downloads go on. */
export function startFiles(host: FilesHost): RunningService & { readonly state: Files } {
  const files = new Files(host)
  files.start()
  return { name: 'files', operations: filesOperations, state: files, stop: () => files.stop() }
}
