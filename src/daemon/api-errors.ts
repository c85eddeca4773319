import { type ErrorKind, PeerageError } from '../base/index.ts'

const statuses: Readonly<Record<ErrorKind, number>> = {
  usage: 400,
  input: 422,
  'not-found': 404,
  refused: 403,
  disk: 507,
  conflict: 409,
  network: 502,
  corrupt: 500,
  limit: 413,
  internal: 500,
}

/** The HTTP status of an error. */
export function statusOf(error: PeerageError): number {
  if (error.code === 'api.unauthorized') return 401
  return error.code === 'remote.attempts' ? 429 : statuses[error.kind]
}

interface HttpFailure {
  readonly statusCode?: number
  readonly message?: string
}

/** Any thrown value as a PeerageError; what nobody expected says nothing about the inside of the program. */
export function asPeerageError(error: unknown): PeerageError {
  if (error instanceof PeerageError) return error
  const { statusCode, message } = (error ?? {}) as HttpFailure
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new PeerageError('usage.invalid', `The request was not understood: ${message ?? 'bad request'}.`)
  return new PeerageError('internal.bug', undefined, { cause: error })
}
