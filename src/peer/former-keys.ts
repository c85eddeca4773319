/** Settings that have another name by now, by the one that they had: files, variables, flags and commands may still say that. */
const formerKeys: ReadonlyMap<string, string> = new Map([
  ['gateway.denylists', 'ipfs.denylists'],
  ['gateway.maxDenylistBytes', 'ipfs.maxDenylistBytes'],
  ['gateway.maxDenylistRules', 'ipfs.maxDenylistRules'],
])

/** How a setting is called now. */
export function currentKey(key: string): string {
  return formerKeys.get(key) ?? key
}

/** All names that a setting has or had, that of now first. */
export function namesOfKey(key: string): readonly string[] {
  const former = [...formerKeys].flatMap(([old, now]) => (now === key ? [old] : []))
  return [key, ...former]
}
