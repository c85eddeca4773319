import {
  type Action,
  actions,
  canonicalPeerId,
  isResourceName,
  type SubjectRule,
} from '../../access/index.ts'
import { PeerageError, z } from '../../base/index.ts'
import type { AccessHost } from './host.ts'

export const resourceField: z.ZodString = z
  .string()
  .min(1)
  .max(8192)
  .describe('What it is about: the name, link or info hash of a content, or a resource such as api:files')

export const peerField: z.ZodString = z
  .string()
  .min(1)
  .max(300)
  .describe('Who asks: the name of a contact, or a peer id')

export const whoField: z.ZodString = z
  .string()
  .min(1)
  .max(300)
  .describe(
    'everyone, contacts, secret, the name of a contact, circle:NAME, circle:NAME/member, circle:NAME/admin or peer:ID',
  )

export const actionField: z.ZodType<Action> = z
  .enum(actions)
  .describe('list (know of it), read (fetch it), serve (hand it on), write (change it) or use')

/** A content by what a person calls it, before a resource by its name, so that nothing but a name is needed. */
export function resourceOf(
  { access, contentOf }: Pick<AccessHost, 'access' | 'contentOf'>,
  text: string,
): string {
  const name = text.trim()
  if (access.policy(name) !== undefined) return name
  try {
    return contentOf(name)
  } catch (error) {
    const isName = isResourceName(name) && !/^(magnet|peerage|content):/.test(name)
    if (isName && error instanceof PeerageError && error.code === 'content.unknown') return name
    throw error
  }
}

/** A contact by name, or exactly the peer that an id names. Throws `contact.unknown`. */
export function peerOf({ personOf }: Pick<AccessHost, 'personOf'>, text: string): string {
  const id = text.trim().replace(/^peer:/, '')
  try {
    return canonicalPeerId(id)
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return personOf(id)
  }
}

/** What a decision says, with the rules in it called as the user does: `the rule "members of family" allows it`. */
export function inWords({ nameOf }: Pick<AccessHost, 'nameOf'>, reason: string): string {
  return reason.replaceAll(/\bthe rule "([^"]+)"/g, (_, subject: string) => `the rule "${nameOf(subject)}"`)
}

/** A bare name is that of a contact. */
export function subjectOf(host: AccessHost, text: string): SubjectRule {
  const name = text.trim()
  const isSubject = /^(circle|contact|grant):/.test(name) || ['everyone', 'contacts', 'secret'].includes(name)
  return isSubject ? host.subjectOf(name) : `peer:${peerOf(host, name)}`
}
