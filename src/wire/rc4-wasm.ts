/** Bytes that go through at once. */
const windowBytes = 65_536
const pageBytes = 65_536
/** Where things lie in the memory: 256 bytes of state, its two indices, then the window. */
const at = { i: 256, j: 260, window: 1024 } as const

// The instructions that are needed (webassembly.github.io/spec, "Binary Format"); numbers after them are operands.
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
const constant = (value: number): number[] => [0x41, ...signed(value)]
const loadByte = [0x2d, 0, 0]
const storeByte = [0x3a, 0, 0]
const loadWord = (offset: number): number[] => [0x28, 2, ...unsigned(offset)]
const storeWord = (offset: number): number[] => [0x36, 2, ...unsigned(offset)]
const [add, and, or, xor, shiftLeft, lessThan] = [0x6a, 0x71, 0x72, 0x73, 0x74, 0x49]
const [loop, branchIf, end, noResult] = [0x03, 0x0d, 0x0b, 0x40]
const i32 = 0x7f

/** Locals: the place in the window, its end, the two indices of RC4 and the two values that it swaps. */
const [place, stop, i, j, a, b] = [0, 1, 2, 3, 4, 5]

/** One step of RC4: leaves one byte of the key stream. */
const step: readonly number[] = [
  ...[...get(i), ...constant(1), add, ...constant(255), and, ...tee(i), ...loadByte, ...tee(a)],
  ...[...get(j), add, ...constant(255), and, ...tee(j), ...loadByte, ...set(b)],
  ...[...get(i), ...get(b), ...storeByte, ...get(j), ...get(a), ...storeByte],
  ...[...get(a), ...get(b), add, ...constant(255), and, ...loadByte],
]

/** Four steps: one word of the key stream, lowest byte first as WebAssembly has it. */
const word: readonly number[] = [0, 8, 16, 24].flatMap(bits =>
  bits === 0 ? step : [...step, ...constant(bits), shiftLeft, or],
)

const body: readonly number[] = [
  ...[1, 4, i32], // four locals besides the two parameters
  ...[...constant(0), ...loadWord(at.i), ...set(i), ...constant(0), ...loadWord(at.j), ...set(j)],
  ...[loop, noResult],
  ...[0, 4, 8, 12].flatMap(offset => [
    ...[...get(place), ...get(place), ...loadWord(offset), ...word, xor, ...storeWord(offset)],
  ]),
  ...[...get(place), ...constant(16), add, ...tee(place), ...get(stop), lessThan, branchIf, 0, end],
  ...[...constant(0), ...get(i), ...storeWord(at.i), ...constant(0), ...get(j), ...storeWord(at.j), end],
]

/** A module that takes its memory as `rc4.memory` and exports `apply(place, end)`: xors 16 bytes at a time, at least once. */
const moduleBytes: Uint8Array<ArrayBuffer> = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...section(1, [1, 0x60, 2, i32, i32, 0]), // types: (i32, i32) -> ()
  ...section(2, [1, ...text('rc4'), ...text('memory'), 2, 0, 2]), // imports: a memory of two pages or more
  ...section(3, [1, 0]), // functions: one, of the first type
  ...section(7, [1, ...text('apply'), 0, 0]), // exports: the first function
  ...section(10, [1, ...unsigned(body.length), ...body]), // code
])

interface Engine {
  readonly bytes: Uint8Array
  readonly indices: Int32Array
  readonly apply: (place: number, end: number) => void
}

/** Made when first needed; undefined where WebAssembly may not be used: some web pages forbid it. */
let engine: Engine | undefined | 'untried' = 'untried'

function makeEngine(): Engine | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 + windowBytes / pageBytes })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes), { rc4: { memory } })
    const apply = instance.exports.apply as Engine['apply']
    return { bytes: new Uint8Array(memory.buffer), indices: new Int32Array(memory.buffer, at.i, 2), apply }
  } catch {
    return undefined
  }
}

/** State of RC4: 256 numbers below 256, and the two indices behind them. */
export type Rc4State = Int32Array

/**
 * Runs RC4 over whole 16 bytes of `from` into `to`, and moves the state on. Answers how many bytes it did: 0 where there is no
 * WebAssembly.
 */
export function rc4ByWasm(state: Rc4State, from: Uint8Array, to: Uint8Array): number {
  if (engine === 'untried') engine = makeEngine()
  const whole = from.length & ~15
  if (engine === undefined || whole === 0) return 0
  const { bytes, indices, apply } = engine
  bytes.set(state.subarray(0, 256))
  indices.set(state.subarray(256, 258))
  for (let done = 0; done < whole; done += windowBytes) {
    const length = Math.min(windowBytes, whole - done)
    bytes.set(from.subarray(done, done + length), at.window)
    apply(at.window, at.window + length)
    to.set(bytes.subarray(at.window, at.window + length), done)
  }
  state.set(bytes.subarray(0, 256))
  state.set(indices, 256)
  return whole
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function text(value: string): number[] {
  return [value.length, ...Array.from(value, char => char.charCodeAt(0))]
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
}
