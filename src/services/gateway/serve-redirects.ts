import type { CID } from 'multiformats/cid'
import type { PeerageError } from '../../base/index.ts'
import { readFileBytes, resolvePath, statNode } from '../../content/index.ts'
import { GatewayFailure, shown } from './failure.ts'
import { asciiOnly, pathOf } from './place.ts'
import { maxRedirectsBytes, parseRedirects, redirect } from './redirects.ts'
import { type GatewayAnswer, redirectTo } from './responses.ts'
import { fileAnswer } from './serve-files.ts'
import { follow, headersOf, optional, type ServingParts } from './served.ts'

/** "No Forced Redirects": the rules of a site are read only for what is not there, and only where it has an origin of its own. */
export async function redirectedAnswer(parts: ServingParts, missing: PeerageError): Promise<GatewayAnswer> {
  const { place, format, path } = parts
  const before = path.slice(0, path.length - place.path.length)
  if (!place.isOwnOrigin || format !== 'usual') throw missing
  const file = await optional(follow(parts, [...before, '_redirects']))
  if (file === undefined) throw missing
  const found = redirect(parseRedirects(await rulesIn(parts, file.cid)), place.path, place.query)
  if (found === undefined) throw missing
  if (found.status >= 300 && found.status < 400) return redirectTo(found.status, asciiOnly(found.to))
  return await rewritten(parts, [...before, ...namesIn(found.to)], found.status)
}

async function rulesIn(parts: ServingParts, cid: CID): Promise<Uint8Array> {
  const { reader, signal } = parts
  const { kind, size } = await statNode(reader, cid, { signal })
  if (kind !== 'file') throw new GatewayFailure(500, 'could not parse _redirects: it is not a file.')
  if (size > maxRedirectsBytes)
    throw new GatewayFailure(
      500,
      `could not parse _redirects: redirects file size cannot exceed ${maxRedirectsBytes} bytes.`,
    )
  const bytes = new Uint8Array(size)
  let at = 0
  for await (const chunk of readFileBytes(reader, cid, { signal })) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

async function rewritten(
  parts: ServingParts,
  path: readonly string[],
  status: number,
): Promise<GatewayAnswer> {
  const { reader, signal } = parts
  parts.checkPath(path)
  const found = await follow(parts, path)
  let stat = await statNode(reader, found.cid, { signal })
  let { cid } = found
  let name = path.at(-1)
  if (stat.kind === 'directory') {
    parts.checkPath([...path, 'index.html'])
    cid = (await resolvePath(reader, cid, ['index.html'], { signal })).cid
    stat = await statNode(reader, cid, { signal })
    name = 'index.html'
  }
  if (stat.kind !== 'file')
    throw new GatewayFailure(
      500,
      `The rule of _redirects leads to "${shown(path.join('/'))}", which is no file.`,
    )
  const headers = headersOf(parts, found, `"${cid}"`)
  return await fileAnswer(parts, { cid, stat, name, headers, status })
}

/** The names of a path in a rule: an encoded one, whose query does not matter within a site. */
function namesIn(to: string): readonly string[] {
  if (!to.startsWith('/'))
    throw new GatewayFailure(500, 'could not parse _redirects: only a path can be answered with that status.')
  try {
    return pathOf(to.replace(/[?#].*$/s, '')).path
  } catch (cause) {
    if (!(cause instanceof GatewayFailure)) throw cause
    throw new GatewayFailure(
      500,
      `could not parse _redirects: a rule leads to "${shown(to)}", which is no path.`,
      {
        cause,
      },
    )
  }
}
