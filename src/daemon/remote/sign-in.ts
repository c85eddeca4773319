import { AttemptLimit } from '../../access/index.ts'
import { PeerageError, parseIp, type World } from '../../base/index.ts'
import type { Log } from '../log.ts'
import type { RemoteConfig } from './config.ts'
import type { RemotePassword } from './password.ts'
import type { Sessions } from './sessions.ts'

export interface SignInParts {
  readonly world: World
  readonly config: Pick<RemoteConfig, 'attemptsPerMinute' | 'totalAttemptsPerMinute'>
  readonly password: Pick<RemotePassword, 'matches'>
  readonly sessions: Sessions
  readonly log: Log
}

/** Attempts that may wait for the one that is looked at. */
export const maxWaitingAttempts = 16
const watchedAddresses = 4_096

/** Looks at one password after the other, and at none of an address that sent too many wrong ones. */
export class SignIn {
  readonly #parts: SignInParts
  readonly #ofAddress: AttemptLimit
  readonly #ofAll: AttemptLimit
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(parts: SignInParts) {
    const { world, config } = parts
    this.#parts = parts
    this.#ofAddress = new AttemptLimit(world, config.attemptsPerMinute, watchedAddresses)
    this.#ofAll = new AttemptLimit(world, config.totalAttemptsPerMinute, 1)
  }

  /**
   * The key of a new session. Throws `remote.password-wrong`, `remote.attempts`.
   *
   * @param address from which it was asked
   */
  async signIn(address: string, password: string): Promise<string> {
    if (this.#waiting >= maxWaitingAttempts) throw tooMany()
    this.#waiting++
    const attempt = this.#turn.then(() => this.#attempt(address, password))
    this.#turn = attempt.catch(() => undefined)
    try {
      return await attempt
    } finally {
      this.#waiting--
    }
  }

  async #attempt(address: string, password: string): Promise<string> {
    const { log, sessions } = this.#parts
    const neighbourhood = neighbourhoodOf(address)
    if (!this.#ofAddress.allows(neighbourhood) || !this.#ofAll.allows('')) throw tooMany()
    if (await this.#parts.password.matches(password)) {
      log.info({ room: 'remote', address }, 'signed in')
      return sessions.begin()
    }
    this.#ofAddress.failed(neighbourhood)
    this.#ofAll.failed('')
    log.warn({ room: 'remote', address }, 'wrong password')
    throw new PeerageError('remote.password-wrong')
  }
}

function tooMany(): PeerageError {
  return new PeerageError('remote.attempts')
}

/** Of IPv6 somebody has a whole /64 to come from. */
function neighbourhoodOf(address: string): string {
  return parseIp(address)?.slice(0, 2).join(':') ?? address
}
