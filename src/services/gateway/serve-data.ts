import { PeerageError } from '../../base/index.ts'
import { codecs, readData, type VerifiedBlock } from '../../content/index.ts'
import { dataPage } from './data-page.ts'
import { dispositionOf } from './disposition.ts'
import { typeOf, wantsPage, wantsPlain } from './format.ts'
import { ownPage, pageHeaders, seenAt } from './own-page.ts'
import { pageVersion } from './page.ts'
import { rangedBytes } from './ranged.ts'
import type { GatewayAnswer } from './responses.ts'
import { type Found, headersOf, otherForm, type ServingParts, unchanged } from './served.ts'

/** Codecs whose blocks are files of a type by themselves. */
export type DataFormat = 'json' | 'cbor' | 'dag-json' | 'dag-cbor'
export const blockFormats: ReadonlyMap<number, DataFormat> = new Map([
  [codecs.json, 'json'],
  [codecs.cbor, 'cbor'],
  [codecs.dagJson, 'dag-json'],
  [codecs.dagCbor, 'dag-cbor'],
])

/** Data goes by its own type or by the plain one of the same bytes; for people who look at it there is a page. */
export async function dataAnswer(parts: ServingParts, found: Found, own: DataFormat): Promise<GatewayAnswer> {
  const { request, reader, signal, format } = parts
  const plain = own === 'json' || own === 'dag-json' ? 'json' : 'cbor'
  if (format !== 'usual' && format !== own && format !== plain) throw otherForm(parts)
  const block = await reader.get(found.cid, { signal })
  if (format === 'usual' && own !== plain && wantsPage(request)) {
    const page = pageOfData(parts, found, block, own)
    if (page !== undefined) return page
  }
  const sent = wantsPlain(request, plain) ? plain : own
  const etag = `"${found.cid}.${sent}"`
  const headers = headersOf(parts, found, etag, sent === own ? format : sent)
  return (
    unchanged(parts, headers) ??
    rangedBytes(request, block.bytes, typeOf(sent), {
      ...headers,
      ...dispositionOf(request, `${found.cid}.${plain}`, plain === 'json' ? 'inline' : 'attachment'),
    })
  )
}

/** Undefined for what cannot be read: it is given as it is. */
function pageOfData(
  parts: ServingParts,
  found: Found,
  block: VerifiedBlock,
  format: string,
): GatewayAnswer | undefined {
  const { config } = parts
  const data = readableData(block)
  if (data === undefined) return undefined
  const headers = pageHeaders(parts, found, `"DagIndex-${pageVersion}_CID-${found.cid}"`)
  const html = dataPage(seenAt(parts, found), {
    format,
    data: data.value,
    maxValues: config.maxListedEntries,
  })
  return unchanged(parts, headers) ?? ownPage(html, headers)
}

function readableData(block: VerifiedBlock): { readonly value: unknown } | undefined {
  try {
    return { value: readData(block) }
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
