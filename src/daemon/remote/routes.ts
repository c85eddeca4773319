import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PeerageError, z } from '../../base/index.ts'
import { bearerToken, isRemote } from '../http-guard.ts'
import type { RemoteAccess } from './remote-access.ts'

/** Of a request to sign in, in bytes. */
const maxSignInBytes = 4096
const signInTimeoutMs = 10_000

const asked = z.object({ password: z.string().min(1).max(256) })

const untimed = async ({ raw }: FastifyRequest): Promise<void> => void raw.setTimeout(0)

/** `POST /api/sign-in` gives `{ token }` for `{ password }`, and `POST /api/sign-out` ends that session. For remote access only. */
export function serveSignIn(app: FastifyInstance, remote: RemoteAccess): void {
  const elsewhere = {
    bodyLimit: maxSignInBytes,
    onRequest: async ({ raw }: FastifyRequest, reply: FastifyReply) => {
      if (!isRemote(raw)) return reply.callNotFound()
      // Nobody who has not signed in keeps a connection busy with a body that never ends.
      raw.setTimeout(signInTimeoutMs, () => raw.destroy())
    },
    preHandler: untimed,
    onResponse: untimed,
  }
  app.post('/api/sign-in', elsewhere, async request => {
    const parsed = asked.safeParse(request.body)
    if (!parsed.success) throw new PeerageError('usage.invalid', 'Signing in takes a password.')
    return { token: await remote.signIn(request.raw, parsed.data.password) }
  })
  app.post('/api/sign-out', elsewhere, async request => {
    remote.signOut(bearerToken(request.raw) ?? '')
    return {}
  })
}
