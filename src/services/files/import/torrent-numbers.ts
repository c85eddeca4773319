import type { Content } from '../../../content/index.ts'
import { decodeDictionary, isDictionary } from '../../../wire/index.ts'

const letterP = 0x70

/**
 * For each file of a content its number in the lists of other programs, which count the padding files of v1 and hybrid torrents
 * (BEP 47, "padding files") and those that libtorrent imagines between the files of v2 torrents, and leave out what comes last and is as usual.
 */
export function torrentNumbers(content: Content): readonly number[] {
  const { info, files, version } = content
  if (version === 'v2') return padded(content)
  const usual = files.map(({ index }) => index)
  const limits = { maxBytes: info.length, maxItems: info.length, lenient: true }
  const list = decodeDictionary(info, limits).get('files')
  if (!Array.isArray(list)) return usual
  const numbers: number[] = []
  list.forEach((file, number) => {
    const attributes = isDictionary(file) ? file.get('attr') : undefined
    if (!(attributes instanceof Uint8Array) || !attributes.includes(letterP)) numbers.push(number)
  })
  // Padding that is marked by name only: nothing is known of how it is counted.
  return numbers.length === files.length ? numbers : usual
}

/** Behind each v2 file that does not end with a piece, libtorrent counts padding up to the next one. */
function padded({ files, pieceLength }: Content): number[] {
  let next = 0
  return files.map(({ size }) => {
    const number = next
    next += size % pieceLength === 0 ? 1 : 2
    return number
  })
}
