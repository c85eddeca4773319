import type { Failure } from '../io-jobs.ts'

/** A job that cannot be done, for a reason that is not an errno. */
export class Failed extends Error {
  readonly code: string
  readonly path: string

  constructor(code: string, path: string) {
    super(code)
    this.code = code
    this.path = path
  }
}

/** What crosses to the main thread instead of an exception. */
export function failureOf(error: unknown, path: string): Failure {
  const { code, message, path: at } = error as Partial<NodeJS.ErrnoException>
  return { failed: code ?? 'BUG', message: message ?? String(error), path: at ?? path }
}
