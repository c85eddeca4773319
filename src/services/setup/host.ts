/** What the service needs of the peer that it runs in. */
export interface SetupHost {
  /** The configuration. */
  value(key: string): unknown
  /** Whether somebody gave it a value. */
  isGiven(key: string): boolean
  /** Says whether it holds only from the next start on. Throws `config.invalid`. */
  change(key: string, value: unknown): Promise<{ readonly needsRestart: boolean }>
  /** Something is shared or fetched, or a person is known: somebody uses it already. */
  isInUse(): boolean
  /** What others are told when nobody said a name. */
  readonly accountName: string
  readonly state: {
    get(kind: string, key: string): unknown
    put(kind: string, key: string, value: unknown): void
  }
}
