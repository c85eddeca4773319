import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import type { AcceptInput, AnswerInput, InviteInput, ReceiveInput, SendInput } from './inputs.ts'
import type { InviteRow } from './invite-row.ts'
import type { InviteService } from './invite-service.ts'
import type { AcceptUpdate, InviteUpdate, ReceiveUpdate, SendUpdate } from './updates.ts'

const via = z
  .array(z.string().max(512))
  .max(8)
  .optional()
  .describe('Address of a peer that both can reach and that passes messages on; may be repeated')
const expires = z.string().max(40).default('1d').describe('How long it is good: 1d, 12h, 30min')
const timeout = z.number().positive().max(86_400).default(60).describe('Seconds to look for the other side')
const inviteField = z.array(z.string().min(1).max(8192)).min(1).max(8)

const invite: StreamOperation<InviteService, InviteInput, InviteUpdate> = {
  summary: 'Invite somebody: as a contact, into a circle, or to one share',
  input: z.object({
    circle: z.string().max(128).optional().describe('Into this circle'),
    role: z
      .enum(['admin', 'member', 'guest'])
      .optional()
      .describe('With --circle: as what; member when left out'),
    share: z.string().max(8192).optional().describe('To this share only'),
    code: z
      .boolean()
      .optional()
      .describe('A short code to be spoken, instead of a link; waits until it is used'),
    name: z.string().max(64).optional().describe('What you call them; else as they call themselves'),
    expires,
    via,
    wait: z.boolean().optional().describe('With a link, too: wait until it is used'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'invite', example: 'peerage invite --code' },
  run: (service, input, { signal }) => service.invite(input, signal),
}

const accept: StreamOperation<InviteService, AcceptInput, AcceptUpdate> = {
  summary: 'Take an invite, by its link or its code',
  input: z.object({
    invite: inviteField.describe(
      'The link, or the code such as 7-crossover-clockwork; its words may stand apart',
    ),
    name: z.string().max(64).optional().describe('What you call them; else as they call themselves'),
    via,
    timeout,
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'accept', positional: ['invite'], example: 'peerage accept 7-crossover-clockwork' },
  run: (service, input, { signal }) => service.accept(input, signal),
}

const list: ValueOperation<InviteService, Record<never, never>, InviteRow[]> = {
  summary: 'List the invites that you have given out',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'invites', example: 'peerage invites' },
  run: async service => service.list(),
}

const cancel: ValueOperation<InviteService, { id: string }, InviteRow> = {
  summary: 'Take an invite back',
  input: z.object({ id: z.string().min(1).max(64).describe('Its id, see `peerage invites`') }),
  action: 'write',
  kind: 'value',
  command: { words: 'invite cancel', positional: ['id'], example: 'peerage invite cancel 3f9a01c2' },
  run: async (service, { id }) => service.cancel(id),
}

const send: StreamOperation<InviteService, SendInput, SendUpdate> = {
  summary: 'Send files or folders to whoever types the code that it shows',
  input: z.object({
    paths: z.array(z.string().min(1).max(4096)).min(1).max(16).describe('The files and folders'),
    expires,
    via,
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'send', positional: ['paths'], example: 'peerage send holiday.mp4' },
  run: (service, input, { signal }) => service.send(input, signal),
}

const receive: StreamOperation<InviteService, ReceiveInput, ReceiveUpdate> = {
  summary: 'Receive what somebody sends, by the code that they tell you',
  input: z.object({
    invite: inviteField.describe(
      'The code, such as 7-crossover-clockwork; its words may stand apart; asked for when left out',
    ),
    into: z.string().min(1).max(4096).optional().describe('Folder to put it into'),
    yes: z.boolean().optional().describe('Take it without being asked'),
    via,
    timeout,
  }),
  action: 'write',
  kind: 'stream',
  command: {
    words: 'receive',
    positional: ['invite'],
    example: 'peerage receive 7-crossover-clockwork --into ~/Downloads',
  },
  run: (service, input, { signal }) => service.receive(input, signal),
}

const answer: ValueOperation<InviteService, AnswerInput, Record<never, never>> = {
  summary: 'Say yes or no to an offer that `receive` told of',
  input: z.object({
    offer: z.string().min(1).max(64).describe('Which offer'),
    accept: z.boolean().default(false).describe('Take it'),
    into: z.string().min(1).max(4096).optional().describe('Folder to put it into'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'receive answer',
    positional: ['offer'],
    example: 'peerage receive answer 3f9a01c2 --accept',
  },
  async run(service, input) {
    service.answer(input)
    return {}
  },
}

/** What a user can ask of the invites service. */
export const invitesOperations: Readonly<{
  invite: typeof invite
  accept: typeof accept
  list: typeof list
  cancel: typeof cancel
  send: typeof send
  receive: typeof receive
  answer: typeof answer
}> = { invite, accept, list, cancel, send, receive, answer }
