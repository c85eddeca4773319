import { createHash } from 'node:crypto'
import { type Access, contentResource } from '../../access/index.ts'

/** Each use of a hash has a label of its own, so that one says nothing about another. */
const label = 'peerage private swarm topic 1\0'

/**
 * What holders of content announce themselves under, and who has its link seeks them under: 32 bytes. Where a secret lets in, it is
 * made of it, so that nobody else can make it, nor tell from it what it stands for. What is for everyone needs no secret. For what is
 * only for certain people there is none: they look for the owner, and for its circle.
 */
export function swarmTopic(access: Access, infoHash: Uint8Array): Uint8Array | undefined {
  const resource = contentResource(infoHash)
  // The swarms that meet under it name content by its SHA-256, which v1 content has not.
  if (infoHash.length !== 32 || access.policy(resource) === undefined) return undefined
  const { secret, owner } = access.terms(resource)
  if (secret === undefined && owner !== undefined) return undefined
  const hash = createHash('sha256').update(label).update(infoHash)
  if (secret !== undefined) hash.update(secret)
  return new Uint8Array(hash.digest())
}
