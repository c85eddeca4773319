/**
 * Bounds of DAGs that others made. Beyond is `dag.limit`; nothing of it is in memory before it is counted.
 *
 * - `pathNames`: names in a path; `nameBytes`: bytes of one
 * - `fileDepth`: nodes from the root of a file to a leaf (Kubo needs four for a terabyte); `fileLinks`: links of those that were seen and not followed yet,
 *   each of which takes 700 bytes (a node of as many as fit into a block, and some below it)
 * - `fanout`: buckets of a HAMT node (UnixFS, "HAMT Structure and Parameters"; CVE-2023-23625)
 * - `entries`: of a folder; `treeNames`: names in all paths of a tree (deep paths take more memory than short ones); `shards`: nodes of one HAMT
 * - `nesting`: lists and maps within each other in DAG-CBOR and DAG-JSON; `values`: all that stands in one block of those, keys and lists among it, and
 *   `links`: CIDs in it, each of which takes as long as ten numbers (DAG-PB has a bound of its own)
 * - `depth`, `blocks`, `pending`: of a whole DAG that is walked: links in a row, blocks, and links that were seen and not followed yet
 */
export const dagLimits: Readonly<
  Record<
    | 'pathNames'
    | 'nameBytes'
    | 'fileDepth'
    | 'fileLinks'
    | 'fanout'
    | 'entries'
    | 'treeNames'
    | 'shards'
    | 'nesting'
    | 'values'
    | 'links'
    | 'depth'
    | 'blocks'
    | 'pending',
    number
  >
> = {
  pathNames: 256,
  nameBytes: 1_024,
  fileDepth: 32,
  fileLinks: 131_072,
  fanout: 1_024,
  entries: 1_048_576,
  treeNames: 8_388_608,
  shards: 262_144,
  nesting: 128,
  values: 262_144,
  links: 65_536,
  depth: 1_024,
  blocks: 2_097_152,
  pending: 262_144,
}
