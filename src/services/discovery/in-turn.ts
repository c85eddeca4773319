/** The first `most`, which then go to the end where there are more: so in a few times everybody is told. */
export function inTurn<Value>(all: Map<string, Value>, most: number): Value[] {
  const chosen = [...all].slice(0, most)
  if (chosen.length < all.size)
    for (const [key, value] of chosen) {
      all.delete(key)
      all.set(key, value)
    }
  return chosen.map(([, value]) => value)
}
