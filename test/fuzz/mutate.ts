import { concat, type Random, seededRandom } from '../../src/base/index.ts'

/** The longest input that a target gets, in bytes. */
export const maxInputBytes: number = 1_048_576

/** Input number `index` for a target: the seeds as they are first, then mutations. The same for the same arguments. */
export function fuzzInput(seeds: readonly Uint8Array[], seed: number, index: number): Uint8Array {
  const asIs = seeds[index]
  if (asIs !== undefined) return asIs
  const random = seededRandom(seed ^ Math.imul(index, 0x9e3779b1))
  let input: Uint8Array = pick(random, seeds)?.slice() ?? new Uint8Array(0)
  const edits = 1 + random.below(6)
  for (let i = 0; i < edits; i++) input = pick(random, frequentEdits)!(input, random, seeds)
  if (random.below(200) === 0) input = pick(random, rareEdits)!(input, random, seeds)
  return input.subarray(0, maxInputBytes)
}

type Edit = (input: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array

const interestingBytes = [0, 1, 0x7f, 0x80, 0xff, 0x2d, 0x30, 0x39, 0x3a, 0x64, 0x65, 0x69, 0x6c]
const interestingNumbers = [
  0, 1, 2, 9, 13, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 0x7fff, 0xffff, 0x100000, 0x100009, 0x7fffffff,
  0x80000000, 0xfffffffe, 0xffffffff,
]
const interestingTexts = [
  '0',
  '00',
  '-0',
  '-1',
  '1',
  '9',
  '65536',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '18446744073709551616',
  '99999999999999999999999',
]

function pick<T>(random: Random, from: readonly T[]): T | undefined {
  return from[random.below(from.length)]
}

/** A random range: mostly short, inside the input. */
function range(length: number, random: Random): [number, number] {
  const start = random.below(length + 1)
  const size = random.below(4) === 0 ? random.below(length + 1) : random.below(9)
  return [start, Math.min(length, start + size)]
}

const flipBit: Edit = (input, random) => {
  if (input.length > 0) input[random.below(input.length)]! ^= 1 << random.below(8)
  return input
}

const setByte: Edit = (input, random) => {
  if (input.length > 0)
    input[random.below(input.length)] =
      random.below(2) === 0 ? pick(random, interestingBytes)! : random.below(256)
  return input
}

const remove: Edit = (input, random) => {
  const [start, end] = range(input.length, random)
  return concat([input.subarray(0, start), input.subarray(end)])
}

const truncate: Edit = (input, random) => input.slice(0, random.below(input.length + 1))

const duplicate: Edit = (input, random) => {
  const [start, end] = range(input.length, random)
  return concat([input.subarray(0, end), input.subarray(start)])
}

const insert: Edit = (input, random) => {
  const at = random.below(input.length + 1)
  return concat([input.subarray(0, at), random.bytes(1 + random.below(8)), input.subarray(at)])
}

const splice: Edit = (input, random, seeds) => {
  const other = pick(random, seeds) ?? input
  const [start, end] = range(other.length, random)
  const at = random.below(input.length + 1)
  return concat([
    input.subarray(0, at),
    other.subarray(start, end),
    input.subarray(random.below(2) === 0 ? at : input.length),
  ])
}

/** Overwrites a big-endian number of 16 or 32 bits, as length prefixes are. */
const editBinaryLength: Edit = (input, random) => {
  const size = random.below(2) === 0 ? 2 : 4
  if (input.length < size) return input
  const at = random.below(3) === 0 ? 0 : random.below(input.length - size + 1)
  const value = pick(random, interestingNumbers)!
  for (let i = 0; i < size; i++) input[at + i] = value / 256 ** (size - 1 - i)
  return input
}

/** Replaces a run of digits, as lengths and integers are in text formats. */
const editDecimal: Edit = (input, random) => {
  const isDigit = (i: number): boolean => input[i]! >= 0x30 && input[i]! <= 0x39
  const from = random.below(input.length + 1)
  let start = from
  while (start < input.length && !isDigit(start)) start++
  let end = start
  while (end < input.length && isDigit(end)) end++
  if (start === end) return input
  const number = Number(new TextDecoder().decode(input.subarray(start, end))) + random.below(5) - 2
  const text = random.below(2) === 0 ? pick(random, interestingTexts)! : String(number)
  return concat([input.subarray(0, start), new TextEncoder().encode(text), input.subarray(end)])
}

const frequentEdits: readonly Edit[] = [
  flipBit,
  setByte,
  remove,
  truncate,
  duplicate,
  insert,
  splice,
  editBinaryLength,
  editDecimal,
]

/** Repeats one range until the input is large: what is cheap once may be dear a hundred thousand times. */
const repeat: Edit = (input, random) => {
  const [start, end] = range(input.length, random)
  const part = input.slice(start, Math.max(end, start + 1))
  if (part.length === 0) return input
  const total = 1 + random.below(maxInputBytes - Math.min(input.length, maxInputBytes - 1))
  const filled = new Uint8Array(total)
  for (let at = 0; at < total; at += part.length) filled.set(part.subarray(0, total - at), at)
  return concat([input.subarray(0, start), filled, input.subarray(start)])
}

const noise: Edit = (_input, random) =>
  random.bytes(1 + random.below(random.below(10) === 0 ? maxInputBytes : 2000))

const rareEdits: readonly Edit[] = [repeat, repeat, repeat, noise]
