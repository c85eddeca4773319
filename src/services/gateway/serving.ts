import { PeerageError } from '../../base/index.ts'
import { codecs } from '../../content/index.ts'
import { GatewayFailure } from './failure.ts'
import type { GatewayAnswer } from './responses.ts'
import { carAnswer, rawBlock } from './serve-blocks.ts'
import { blockFormats, dataAnswer } from './serve-data.ts'
import { unixFsAnswer } from './serve-files.ts'
import { redirectedAnswer } from './serve-redirects.ts'
import { follow, isMissing, otherForm, type ServingParts } from './served.ts'

/** The answer to one request for content whose root is known. Rejects with a `GatewayFailure` or a `PeerageError`. */
export async function serve(parts: ServingParts): Promise<GatewayAnswer> {
  const { format, root, path } = parts
  const found = await follow(parts, path).catch(error => {
    if (!isMissing(error)) throw error
    return error
  })
  if (found instanceof PeerageError) return await redirectedAnswer(parts, found)
  if (format === 'raw') return await rawBlock(parts, found)
  if (format === 'car') return await carAnswer(parts, found)
  const own = blockFormats.get(found.cid.code)
  if (own !== undefined) return await dataAnswer(parts, found, own)
  if (format !== 'usual' && format !== 'json') throw otherForm(parts)
  if (found.cid.code !== codecs.raw && found.cid.code !== codecs.dagPb)
    throw new GatewayFailure(
      400,
      `What is behind ${root} has a codec that is not read here; ?format=raw gives its bytes.`,
    )
  return await unixFsAnswer(parts, found)
}
