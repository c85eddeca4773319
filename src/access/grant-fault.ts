import { chainOf, type Grant, grantLimits, isCircle } from './grant.ts'
import type { Role, Standing } from './standing.ts'

/** What has to be known of peers to judge a grant. */
export type GrantStanding = Pick<Standing, 'principal' | 'formerly' | 'role' | 'isRevoked'>

const roles: Readonly<Record<string, readonly Role[]>> = {
  '': ['admin', 'member', 'guest'],
  member: ['admin', 'member'],
  admin: ['admin'],
}

/** Why a grant, though genuine, does not serve `peer` on `resource` at `now`; undefined when it does. */
export function grantFault(
  grant: Grant,
  peer: string,
  resource: string,
  now: number,
  standing: GrantStanding,
): string | undefined {
  if (!covers(grant.subject, peer, standing)) return 'it is for another peer'
  if (grant.resource !== resource) return 'it is for another resource'
  return timeFault(grant, now) ?? chainFault(grant, standing)
}

/** Whether `subject`, a person or a circle, means `peer`, or the person that it is a device of. */
export function covers(subject: string, peer: string, standing: GrantStanding): boolean {
  const person = standing.principal(peer)
  if (person === undefined) return false
  if (!isCircle(subject)) return subject === peer || isNameOf(subject, person, standing)
  const [circle = '', needed = ''] = subject.slice('circle:'.length).split('/')
  const role = standing.role(circle, person)
  return role !== undefined && roles[needed]!.includes(role)
}

/** Whether two keys are, or were, of one person. */
export function isSamePerson(
  a: string,
  b: string,
  standing: Pick<Standing, 'principal' | 'formerly'>,
): boolean {
  if (a === b) return true
  const [personA, personB] = [standing.principal(a), standing.principal(b)]
  if (personA !== undefined && (personA === personB || isNameOf(b, personA, standing))) return true
  return personB !== undefined && isNameOf(a, personB, standing)
}

function isNameOf(name: string, person: string, standing: Pick<Standing, 'formerly'>): boolean {
  return name === person || standing.formerly(person).includes(name)
}

/** Whether the times of a grant fit. What it was made from began earlier and lasts longer. */
function timeFault({ expires, issued, from }: Grant, now: number): string | undefined {
  if (expires <= now) return 'it has expired'
  return issued > now + grantLimits.clockSkewMs || (from ?? 0) > now ? 'it is not valid yet' : undefined
}

/** Whether each that signed it could, and nobody who could has taken it back. */
function chainFault(grant: Grant, standing: GrantStanding): string | undefined {
  const chain = chainOf(grant)
  for (const [i, { id, issuer, parent }] of chain.entries()) {
    if (standing.principal(issuer) === undefined) return 'the key that signed it acts for nobody any more'
    if (parent !== undefined && !covers(parent.subject, issuer, standing))
      return 'it was passed on by one who did not hold it'
    // Whoever made it possible may take it back.
    if (chain.slice(i).some(one => standing.isRevoked(one.issuer, id))) return 'it was taken back'
  }
  return undefined
}
