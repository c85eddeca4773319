/**
 * What a web server did not do. `missing`: it has not this file; `whole-files`: it knows no ranges; `busy`: it asks for patience;
 * `failed`: everything else.
 */
export type WebFailureKind = 'missing' | 'whole-files' | 'busy' | 'failed'

export class WebFailure extends Error {
  readonly kind: WebFailureKind
  /** How long it wants to be left alone; of a busy one only. */
  readonly retryMs: number | undefined

  constructor(kind: WebFailureKind, message: string, retryMs?: number) {
    super(message)
    this.kind = kind
    this.retryMs = retryMs
  }
}
