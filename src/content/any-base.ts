import { base2 } from 'multiformats/bases/base2'
import { base16, base16upper } from 'multiformats/bases/base16'
import {
  base32,
  base32hex,
  base32hexpad,
  base32hexpadupper,
  base32hexupper,
  base32pad,
  base32padupper,
  base32upper,
} from 'multiformats/bases/base32'
import { base36, base36upper } from 'multiformats/bases/base36'
import { base58btc, base58flickr } from 'multiformats/bases/base58'
import { base64, base64pad, base64url, base64urlpad } from 'multiformats/bases/base64'
import { base256emoji } from 'multiformats/bases/base256emoji'
import { CID } from 'multiformats/cid'

/** Those of the multibase table that have one letter in front and that Kubo takes (`ipfs cid bases`). */
const lettered = base32.decoder
  .or(base36.decoder)
  .or(base58btc.decoder)
  .or(base16.decoder)
  .or(base64url.decoder)
  .or(base32upper.decoder)
  .or(base36upper.decoder)
  .or(base16upper.decoder)
  .or(base64.decoder)
  .or(base64pad.decoder)
  .or(base64urlpad.decoder)
  .or(base58flickr.decoder)
  .or(base32hex.decoder)
  .or(base32hexupper.decoder)
  .or(base32hexpad.decoder)
  .or(base32hexpadupper.decoder)
  .or(base32pad.decoder)
  .or(base32padupper.decoder)
  .or(base2.decoder)

/** The CID in a text of any base, of which nothing is checked but that it is one. Throws `Error`. */
export function cidInAnyBase(text: string): CID {
  if (text.startsWith('Qm')) return CID.parse(text)
  return text.startsWith(base256emoji.prefix) ? CID.parse(text, base256emoji) : CID.parse(text, lettered)
}
