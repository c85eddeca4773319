/** Long work is a generator that yields between its steps; `store` gives others a turn there, and whoever cannot wait runs it at once. */
export function atOnce<T>(work: Iterator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Items that are put in order in one step. */
const itemsPerStep = 2048

/** A sorted copy, as `toSorted` makes it, by steps: runs are sorted, then merged. Equal items keep their order. */
export function* sortBySteps<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<void, readonly T[]> {
  let from: T[] = []
  for (let at = 0; at < items.length; at += itemsPerStep) {
    for (const item of items.slice(at, at + itemsPerStep).sort(compare)) from.push(item)
    yield
  }
  for (let run = itemsPerStep; run < items.length; run *= 2) {
    const into: T[] = []
    for (let at = 0; at < items.length; at += 2 * run) yield* merge(from, at, run, compare, into)
    from = into
  }
  return from
}

/** Two runs that follow one another, merged to the end of `into`. */
function* merge<T>(
  from: readonly T[],
  at: number,
  run: number,
  compare: (a: T, b: T) => number,
  into: T[],
): Generator<void, void> {
  let left = at
  let right = at + run
  const middle = Math.min(right, from.length)
  const end = Math.min(right + run, from.length)
  while (left < middle || right < end) {
    const takesLeft = right >= end || (left < middle && compare(from[left]!, from[right]!) <= 0)
    if (into.push(from[takesLeft ? left++ : right++]!) % itemsPerStep === 0) yield
  }
}
