import { PeerageError } from '../base/index.ts'

/** A refusal of a link. */
export function invalidLink(message: string): PeerageError {
  return new PeerageError('link.invalid', message)
}
