/** What the daemon told, or that it is gone (`daemon.unreachable`). The table of codes is docs/generated/errors.md. */
export class ApiError extends Error {
  readonly code: string
  /** What a person can do about it; English, as the daemon says it. */
  readonly remedy: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(told: ToldError, options?: ErrorOptions) {
    super(told.message ?? told.code ?? 'internal.bug', options)
    this.name = 'ApiError'
    this.code = told.code ?? 'internal.bug'
    this.remedy = told.remedy ?? ''
    this.details = told.details ?? {}
  }
}

export interface ToldError {
  readonly code?: string
  readonly message?: string
  readonly remedy?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Any thrown value as an error to show. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ApiError({ code: 'internal.bug', message }, { cause: error })
}

/** Whether somebody asked for the end: nothing to show then. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
