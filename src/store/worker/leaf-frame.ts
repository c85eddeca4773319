/** What stands before and behind the bytes of a file in a leaf that is a dag-pb node. */
export interface LeafFrame {
  readonly prefix: Uint8Array
  readonly suffix: Uint8Array
}

let last: { readonly size: number; readonly frame: LeafFrame } | undefined

/**
 * The frame of a leaf with `size` bytes (UnixFS spec, "dag-pb File"): Data of a dag-pb node that is a UnixFS message of type File with Data and
 * filesize; `leafFrame` of
 * `content/` again, as a worker that imports nothing starts in a third of the time.
 */
export function leafFrame(size: number): LeafFrame {
  if (last?.size === size) return last.frame
  const inner = [0x08, 2, 0x12, ...varint(size)]
  const suffix = Uint8Array.from([0x18, ...varint(size)])
  const prefix = Uint8Array.from([0x0a, ...varint(inner.length + size + suffix.length), ...inner])
  last = { size, frame: { prefix, suffix } }
  return last.frame
}

function varint(value: number): number[] {
  const out: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
  return [...out, rest]
}
