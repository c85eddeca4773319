export {
  Access,
  type AccessOptions,
  type CheckRequest,
  contentResource,
  type Explanation,
  isResourceName,
} from './access.ts'
export type { Allowance } from './allowance.ts'
export type { Proofs } from './asker.ts'
export { AttemptLimit } from './attempt-limit.ts'
export { type AuditFilter, AuditLog, type AuditVerdict } from './audit.ts'
export type { AuditRecord, AuditRow } from './audit-line.ts'
export { type Ban, Bans } from './bans.ts'
export { befriend, type Introduced } from './befriend.ts'
export { type BoundsText, describeBounds, parseBounds, parseTime } from './bounds-text.ts'
export type { Circle, CircleChange, Received } from './circle.ts'
export { Circles, type CirclesOptions } from './circles.ts'
export { type AccessConfig, accessConfig, defaultAccessConfig } from './config.ts'
export { type Contact, contactLimits } from './contact-record.ts'
export { Contacts, type ContactsOptions, type NewContact } from './contacts.ts'
export type { Decision } from './decision.ts'
export type { ExplainedRule, RuleOutcome } from './explain.ts'
export { codeOfPeer, fingerprintMatches, fingerprintOf, peerOfCode } from './fingerprint.ts'
export { type Grant, type GrantTerms, grantLimits, issueGrant, openGrant } from './grant.ts'
export { type Gift, Grants, type GrantsOptions } from './grants.ts'
export type { HeldGrant } from './held-grants.ts'
export {
  changePassphrase,
  type IdentityOptions,
  isLocked,
  type LoadedIdentity,
  loadIdentity,
  openIdentity,
  type Restored,
  type RestoreOptions,
  type Rotated,
  restoreIdentity,
  rotateIdentity,
} from './identity.ts'
export {
  completeInviteCode,
  formatInviteCode,
  type InviteCode,
  looksLikeInviteCode,
  parseInviteCode,
} from './invite-code.ts'
export {
  type ExchangeKey,
  InviteExchange,
  type InviteSecret,
  type SealedChannel,
  secretOfCode,
  secretOfLink,
} from './invite-exchange.ts'
export { type Invite, type InviteEnd, type InviteGrant, Invites, maxInviteGuesses } from './invites.ts'
export type { IssuedGrant } from './issued-grants.ts'
export { type Limits, limitsSchema, parseHours } from './limits.ts'
export { maxNamedKeys, type NamedKey, NamedKeys, type NamedKeysOptions } from './named-keys.ts'
export { openedGrant } from './opened-grant.ts'
export { defaultPassphraseCost, type PassphraseCost, passphraseKey } from './passphrase-key.ts'
export { canonicalPeerId, peerIdOf, publicKeyOf } from './peer-id.ts'
export { type Device, type HandoverConflict, People, type PeopleOptions } from './people.ts'
export {
  consentToBeDevice,
  type DeviceConsent,
  openDeviceConsent,
  openDeviceList,
  openHandover,
  peopleLimits,
  signHandover,
} from './people-statements.ts'
export { checkPetname } from './petname.ts'
export { phraseOf, seedOfPhrase } from './phrase.ts'
export {
  type Action,
  actions,
  type Bounds,
  canonicalSubject,
  type LinkTerms,
  type Policy,
  parsePolicy,
  policyOfLink,
  policySchema,
  type Rule,
  rulesOf,
  type SubjectRule,
} from './policy.ts'
export { withoutSubject, withRule } from './policy-edit.ts'
export { equalSecretly, swarmProof } from './proof.ts'
export type { KeyValue } from './records.ts'
export {
  openRevocations,
  type Relevance,
  Revocations,
  type RevocationsOptions,
  type Revoked,
  revocationLimits,
} from './revocations.ts'
export type { RosterEntry } from './roster.ts'
export { type RosterRole, type RosterStatement, rosterLimits } from './roster-statement.ts'
export { type Identity, identityFromSeed, verify } from './signing.ts'
export { noStanding, type Role, type Standing, type Trust } from './standing.ts'
export { type StandingParts, standingOf } from './standing-of.ts'
export {
  type Admission,
  type AnswerVerdict,
  type HelloVerdict,
  SwarmGate,
  type SwarmGateOptions,
} from './swarm-gate.ts'
export type { UsedUp } from './usage.ts'
