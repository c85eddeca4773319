import { toBase64url } from '../../base/index.ts'
import { type DnsTexts, decodeDnsTexts, encodeDnsQuestion } from '../egress/index.ts'
import { type HttpOptions, httpRequest } from '../http-client.ts'

const maxAnswerBytes = 65_535

/**
 * The texts under a name, as a server of DNS over HTTPS (RFC 8484) tells them. Rejects with `network.unreachable`, `wire.invalid`,
 * `signal.reason`.
 */
export async function textsOverHttps(
  server: string,
  host: string,
  options: Pick<HttpOptions, 'egress' | 'mayReach' | 'signal'>,
): Promise<DnsTexts> {
  const url = new URL(server)
  // Always the same number, so that what was answered to others may be answered again (section 4.1).
  url.searchParams.set('dns', toBase64url(encodeDnsQuestion(0, host, 'text')))
  const response = await httpRequest(url.href, { ...options, headers: { accept: 'application/dns-message' } })
  return decodeDnsTexts(await response.read(maxAnswerBytes), 0)
}
