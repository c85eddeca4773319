import type { PeerageError } from '../base/index.ts'
import type { RosterRole } from './roster-statement.ts'
import type { Role } from './standing.ts'

/** A circle as its user sees it. */
export interface Circle {
  /** 64 hex digits. */
  readonly id: string
  /** What it is called here. */
  readonly name: string
  /** What its admins call it, when the user gave it another name. */
  readonly givenName?: string | undefined
  /** Of the user of this machine; undefined when it left or was removed. */
  readonly role: Role | undefined
  readonly members: number
  /** Part of it could not be read from the disk: nobody has a role in it until another member has sent that again. */
  readonly damaged: boolean
}

export interface CircleChange {
  /** By PeerId. */
  readonly roles?: Readonly<Record<string, RosterRole>> | undefined
  readonly name?: string | undefined
}

/** What became of statements that another peer sent. */
export interface Received {
  /** Circles that have new statements. */
  readonly changed: readonly string[]
  /** How many statements were new and are kept. */
  readonly kept: number
  /** How many were made after others that are not here. */
  readonly unready: number
  readonly refused: readonly PeerageError[]
}
