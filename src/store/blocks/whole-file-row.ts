/** A file that is one leaf: the first 48 bits of the hash of that, and where it is. */
export interface WholeFile {
  readonly start: number
  readonly dag: number
  /** Place in the content. */
  readonly file: number
  /** In bytes. */
  readonly length: number
}

/** Numbers of the header: how many bits, then these. */
const lengthBits = 6
const byteBits = 8
/** Operators of bits take 32: less what is before the first one in its byte. */
const bitsAtOnce = 25
/** Of any value. */
const mostBits = 48

/** Of one column: what its values have in common, how many bits each has beyond that, and where these begin. */
interface Column {
  readonly least: number
  readonly width: number
  readonly at: number
}

type Columns = readonly [gap: Column, dag: Column, file: Column, length: Column]

/**
 * Files, each once, in order of their starts, which follow `first`, in as few bits as they need: how many, of each column the least value and the width,
 * then the bits, column by column. Of the starts the gaps stand there.
 */
export function encodeRow(first: number, files: readonly WholeFile[]): Uint8Array {
  const { columns, numbers, bytes: length } = layoutOf(first, files)
  const bytes = new Uint8Array(length)
  let at = 0
  const put = (value: number, width: number): void => {
    putBits(bytes, at, width, value)
    at += width
  }
  for (const value of numbers) {
    put(widthOf(value), lengthBits)
    put(value, widthOf(value))
  }
  for (const { values, least, width } of columns) for (const value of values) put(value - least, width)
  return bytes
}

/** None for what is damaged. */
export function decodeRow(first: number, bytes: Uint8Array): WholeFile[] {
  const head = headOf(bytes)
  if (head === undefined) return []
  const { count, columns } = head
  const files: WholeFile[] = []
  for (let i = 0, start = first; i < count; i++) {
    start += valueAt(bytes, columns[0], i)
    files.push(fileAt(bytes, columns, i, start))
  }
  return files
}

/** Those with this start, without looking at the rest of the others. */
export function findInRow(first: number, bytes: Uint8Array, wanted: number): WholeFile[] {
  const head = headOf(bytes)
  if (head === undefined) return []
  const { count, columns } = head
  const found: WholeFile[] = []
  for (let i = 0, start = first; i < count; i++) {
    start += valueAt(bytes, columns[0], i)
    if (start > wanted) break
    if (start === wanted) found.push(fileAt(bytes, columns, i, start))
  }
  return found
}

interface Layout {
  readonly columns: readonly { readonly values: number[]; readonly least: number; readonly width: number }[]
  /** What the header says. */
  readonly numbers: readonly number[]
  readonly bytes: number
}

function layoutOf(first: number, files: readonly WholeFile[]): Layout {
  const gaps = files.map(({ start }, i) => start - (files[i - 1]?.start ?? first))
  const others = [
    files.map(({ dag }) => dag),
    files.map(({ file }) => file),
    files.map(({ length }) => length),
  ]
  const columns = [gaps, ...others].map(values => {
    let [least, most] = [values[0] ?? 0, 0]
    for (const value of values) {
      if (value < least) least = value
      if (value > most) most = value
    }
    return { values, least, width: widthOf(Math.max(0, most - least)) }
  })
  const numbers = [files.length, ...columns.flatMap(({ least, width }) => [least, width])]
  const header = numbers.reduce((sum, value) => sum + lengthBits + widthOf(value), 0)
  const each = columns.reduce((sum, { width }) => sum + width, 0)
  return { columns, numbers, bytes: Math.ceil((header + each * files.length) / byteBits) }
}

function headOf(bytes: Uint8Array): { count: number; columns: Columns } | undefined {
  let at = 0
  const number = (): number => {
    const width = bitsAt(bytes, at, lengthBits)
    at += lengthBits + width
    return bitsAt(bytes, at - width, width)
  }
  const count = number()
  const columns: { least: number; width: number; at: number }[] = []
  let each = 0
  for (let i = 0; i < 4; i++) {
    const [least, width] = [number(), number()]
    if (width > mostBits) return undefined
    columns.push({ least, width, at: each })
    each += width
  }
  const left = bytes.length * byteBits - at
  // No two are the same file.
  if (left < 0 || count * each > left || (count > 1 && each === 0)) return undefined
  for (const column of columns) column.at = at + column.at * count
  return { count, columns: columns as unknown as Columns }
}

function fileAt(bytes: Uint8Array, [, dag, file, length]: Columns, i: number, start: number): WholeFile {
  return {
    start,
    dag: valueAt(bytes, dag, i),
    file: valueAt(bytes, file, i),
    length: valueAt(bytes, length, i),
  }
}

function valueAt(bytes: Uint8Array, { least, width, at }: Column, i: number): number {
  return least + bitsAt(bytes, at + i * width, width)
}

function widthOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 2 ** 32)
}

/** The lowest bits first, where there are zeros. */
function putBits(bytes: Uint8Array, at: number, width: number, value: number): void {
  if (width <= bitsAtOnce) {
    putSome(bytes, at, value)
    return
  }
  const low = value % 2 ** bitsAtOnce
  putSome(bytes, at, low)
  putSome(bytes, at + bitsAtOnce, (value - low) / 2 ** bitsAtOnce)
}

function putSome(bytes: Uint8Array, at: number, value: number): void {
  const i = at >>> 3
  const four = value << (at & 7)
  // Beyond the end there is nothing of it.
  bytes[i]! |= four
  bytes[i + 1]! |= four >>> 8
  bytes[i + 2]! |= four >>> 16
  bytes[i + 3]! |= four >>> 24
}

/** Beyond the end there are zeros. */
function bitsAt(bytes: Uint8Array, at: number, width: number): number {
  if (width <= bitsAtOnce) return someAt(bytes, at, width)
  return someAt(bytes, at, bitsAtOnce) + someAt(bytes, at + bitsAtOnce, width - bitsAtOnce) * 2 ** bitsAtOnce
}

/** As many as four bytes hold wherever they begin. */
function someAt(bytes: Uint8Array, at: number, width: number): number {
  const i = at >>> 3
  const four = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
  return (four >>> (at & 7)) & ((1 << width) - 1)
}
