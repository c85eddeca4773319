import { hash } from 'node:crypto'
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { concat } from '../../src/base/index.ts'
import {
  type BuildOptions,
  buildSymlink,
  type DagChild,
  FileBuilder,
  leafFrame,
  TreeBuilder,
  type UnixFsMetadata,
  type UnixFsProfile,
} from '../../src/content/index.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

export function optionsOf(profile: UnixFsProfile): BuildOptions {
  return { profile, hash: sha256, emit: () => undefined }
}

export function fileOf(bytes: Uint8Array, options: BuildOptions, metadata?: UnixFsMetadata): DagChild {
  const builder = new FileBuilder(options)
  const { leafBytes } = options.profile
  const isOnly = bytes.length <= leafBytes
  for (let at = 0; at < bytes.length; at += leafBytes) {
    const leaf = bytes.subarray(at, at + leafBytes)
    const { before, after } = leafFrame(options.profile, leaf.length, isOnly ? metadata : {})
    builder.add(sha256(concat([before, leaf, after])), leaf.length)
  }
  return builder.finish(metadata)
}

/** All that is below a folder. `readdir` by itself follows links to folders, out of the tree. */
export function* entriesBelow(folder: string): Generator<Dirent> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    yield entry
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name))
  }
}

/** The CID of a folder on disk; with what `metadataOf` says of each entry. */
export function cidOfFolder(
  folder: string,
  profile: UnixFsProfile,
  metadataOf: (stat: Stats) => UnixFsMetadata = () => ({}),
): string {
  const options = optionsOf(profile)
  const tree = new TreeBuilder(options)
  tree.addFolder([], metadataOf(lstatSync(folder)))
  for (const entry of entriesBelow(folder)) {
    const path = join(entry.parentPath, entry.name)
    const names = path.slice(folder.length + 1).split('/')
    const metadata = metadataOf(lstatSync(path))
    if (entry.isDirectory()) tree.addFolder(names, metadata)
    else if (entry.isSymbolicLink()) tree.add(names, buildSymlink(readlinkSync(path), options, metadata))
    else tree.add(names, fileOf(readFileSync(path), options, metadata))
  }
  return tree.finish().cid.toString()
}
