import type { CID } from 'multiformats/cid'
import { PeerageError, sha256, toHex, utf8 } from '../../base/index.ts'
import { type NodeStat, statNode } from '../../content/index.ts'
import { carOf } from './car.ts'
import { dispositionOf } from './disposition.ts'
import { carParametersOf, typeOf } from './format.ts'
import { rangedBytes } from './ranged.ts'
import type { GatewayAnswer } from './responses.ts'
import { blockFormats } from './serve-data.ts'
import { type Found, headersOf, type ServingParts, unchanged } from './served.ts'

/** One block as it is. */
export async function rawBlock(parts: ServingParts, found: Found): Promise<GatewayAnswer> {
  const { request, reader, signal } = parts
  const { bytes } = await reader.get(found.cid, { signal })
  const headers = headersOf(parts, found, `"${found.cid}.raw"`)
  return (
    unchanged(parts, headers) ??
    rangedBytes(request, bytes, typeOf('raw'), {
      ...headers,
      ...dispositionOf(request, `${found.cid}.bin`, 'attachment'),
    })
  )
}

/** Blocks by which somebody else can verify what is behind the path. */
export async function carAnswer(parts: ServingParts, { cid, way, roots }: Found): Promise<GatewayAnswer> {
  const { request, reader, config, signal, place } = parts
  const parameters = carParametersOf(request)
  const stat = await statOrData(parts, cid)
  const what = JSON.stringify([place.contentPath, parameters])
  const etag = `"${cid}.car.${toHex(sha256(utf8(what))).slice(0, 16)}"`
  const type = `${typeOf('car')}; version=1; order=dfs; dups=${parameters.dups ? 'y' : 'n'}`
  const chunks = carOf({
    ...parameters,
    blocks: reader,
    way,
    root: cid,
    stat,
    maxBlocks: config.maxCarBlocks,
    signal,
  })
  const headers = headersOf(parts, { cid, roots, way }, etag)
  return (
    unchanged(parts, headers) ?? {
      status: 200,
      headers: {
        ...headers,
        'content-type': type,
        ...dispositionOf(request, `${cid}.car`, 'attachment'),
        'accept-ranges': 'none',
      },
      body: chunks,
    }
  )
}

/** Whatever is no UnixFS counts as a block of data. */
async function statOrData(parts: ServingParts, cid: CID): Promise<NodeStat> {
  const { reader, signal } = parts
  const { length } = (await reader.get(cid, { signal })).bytes
  if (blockFormats.has(cid.code)) return { kind: 'data', size: length }
  return await statNode(reader, cid, { signal }).catch(error => {
    if (error instanceof PeerageError && error.code === 'dag.unsupported')
      return { kind: 'data', size: length } as const
    throw error
  })
}
