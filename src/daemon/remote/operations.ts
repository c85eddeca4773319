import { type RunningService, type ValueOperation, z } from '../../base/index.ts'
import { minPasswordLength } from './password.ts'
import type { RemoteAccess, RemotePlace, RemoteStatus } from './remote-access.ts'

type Nothing = Record<never, never>
const nothing = z.object({})

const status: ValueOperation<RemoteAccess, Nothing, RemoteStatus> = {
  summary: 'Show whether other computers can use this peer, and where',
  input: nothing,
  action: 'read',
  kind: 'value',
  command: { words: 'remote', example: 'peerage remote' },
  run: async remote => remote.status(),
}

const start: ValueOperation<RemoteAccess, RemotePlace, RemoteStatus> = {
  summary: 'Let other computers use this peer, with its password and TLS',
  input: z.object({
    address: z.string().max(64).optional().describe('Address to listen on; 0.0.0.0 is all of IPv4'),
    port: z.int().min(0).max(65535).optional().describe('TCP port to listen on'),
    names: z
      .array(z.string().max(300))
      .max(32)
      .optional()
      .describe('Names by which it is reached besides the addresses of this computer: home.example:8443'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'remote start', example: 'peerage remote start --port 7443' },
  run: (remote, input) => remote.start(input),
}

const stop: ValueOperation<RemoteAccess, Nothing, RemoteStatus> = {
  summary: 'Let no other computer use this peer',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'remote stop', example: 'peerage remote stop' },
  run: remote => remote.turnOff(),
}

const setPassword: ValueOperation<RemoteAccess, { password: string }, RemoteStatus> = {
  summary: 'Set the password of remote access; whoever is signed in has to sign in again',
  input: z.object({
    password: z
      .string()
      .min(minPasswordLength, `a password has at least ${minPasswordLength} characters`)
      .max(256)
      .describe(`At least ${minPasswordLength} characters`),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'remote password', asked: ['password'], example: 'peerage remote password' },
  run: (remote, { password }) => remote.setPassword(password),
}

const signOut: ValueOperation<RemoteAccess, Nothing, RemoteStatus> = {
  summary: 'End all sessions of other computers',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'remote sign-out', example: 'peerage remote sign-out' },
  run: async remote => remote.signOutAll(),
}

export const remoteOperations: Readonly<{
  status: typeof status
  start: typeof start
  stop: typeof stop
  setPassword: typeof setPassword
  signOut: typeof signOut
}> = { status, start, stop, setPassword, signOut }

/** The operations about remote access. */
export function remoteService(state: RemoteAccess): RunningService {
  return { name: 'remote', operations: remoteOperations, state, stop: async () => undefined }
}
