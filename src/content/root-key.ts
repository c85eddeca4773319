/**
 * A root as a map key: its binary string, which is also its key in `piece layers`. Not spread into arguments: with
 * `apply` it takes a quarter of the time, and contents have many thousand roots.
 */
export function rootKey(root: Uint8Array): string {
  return String.fromCharCode.apply(null, root as unknown as number[])
}
