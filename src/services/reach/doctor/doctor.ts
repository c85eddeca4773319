import { type ValueOperation, z } from '../../../base/index.ts'
import type { Reach } from '../reach.ts'
import { checkAddresses, checkIpv6 } from './address-findings.ts'
import {
  checkConnections,
  checkDht,
  checkFinders,
  checkIpfs,
  checkRelayedOnly,
  checkRelays,
} from './company-findings.ts'
import { checkEgress, checkProxyUdp, checkUdp } from './egress-findings.ts'
import { type Facts, factsOf } from './facts.ts'
import type { Finding } from './finding.ts'
import { checkLimits } from './limit-findings.ts'
import { checkNat, checkOutside } from './outside-findings.ts'
import { checkPrivateNetwork } from './private-findings.ts'
import { checkExternalAddress, checkRouter } from './router-findings.ts'

/** What was looked at, and what it was concluded from. */
export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly facts: Facts
}

const checks: readonly ((facts: Facts) => Finding | undefined)[] = [
  checkAddresses,
  checkIpv6,
  checkEgress,
  checkPrivateNetwork,
  checkProxyUdp,
  checkUdp,
  checkRouter,
  checkExternalAddress,
  checkOutside,
  checkNat,
  checkRelays,
  checkFinders,
  checkConnections,
  checkRelayedOnly,
  checkLimits,
  checkDht,
  checkIpfs,
]

/** Every check finds one thing, or has nothing to say. */
export function findingsOf(facts: Facts): Finding[] {
  return checks.map(check => check(facts)).filter(finding => finding !== undefined)
}

export const doctor: ValueOperation<Reach, Record<never, never>, Diagnosis> = {
  summary: 'Find out what is wrong with this peer and what to do about it',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'doctor', example: 'peerage doctor' },
  async run(reach, _input, { signal }) {
    const facts = factsOf(reach.host, await reach.port(signal))
    return { findings: findingsOf(facts), facts }
  },
}
