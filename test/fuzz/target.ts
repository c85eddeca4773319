/** One decoder under fuzzing. `run` throws only when it found a defect: refusals (`PeerageError`) are swallowed inside. */
export interface FuzzTarget {
  readonly name: string
  /** Valid inputs from which mutations start. */
  readonly seeds: readonly Uint8Array[]
  run(input: Uint8Array): void
}
