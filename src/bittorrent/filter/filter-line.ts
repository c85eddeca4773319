import { parseCidr, parseIp } from '../../base/index.ts'

/** The first and the last address that one line names. */
export interface FilterRange {
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** A longer line is no line of a filter list. */
export const maxLineLength = 1_024

/** Access levels of eMule: below it an address is blocked. */
const allowedFrom = 128
const range = /^\s*([0-9a-f.:]+)\s*-\s*([0-9a-f.:]+)\s*(?:,\s*(\d+)\s*(?:,.*)?)?$/i
const guardian = /^.*:\s*([0-9.]+)\s*-\s*([0-9.]+)\s*$/
const single = /^\s*([0-9a-f.:]+(?:\/\d{1,3})?)\s*(?:[;#].*)?$/i

/**
 * One line of a list of addresses: eMule's `FIRST - LAST , LEVEL , NAME`, PeerGuardian's `NAME:FIRST-LAST`, `FIRST-LAST`, an
 * address, or CIDR. `none`: it says nothing (blank, a comment, a range that eMule allows); `junk`: it is none of these.
 */
export function parseFilterLine(line: string): FilterRange | 'none' | 'junk' {
  const first = line.charCodeAt(0)
  // # and ; and // begin comments.
  if (line === '' || first === 0x23 || first === 0x3b || line.startsWith('//')) return 'none'
  if (line.length > maxLineLength) return 'junk'
  const ranged = range.exec(line)
  if (ranged !== null) {
    if (ranged[3] !== undefined && Number(ranged[3]) >= allowedFrom) return 'none'
    return rangeOf(ranged[1]!, ranged[2]!) ?? 'junk'
  }
  const guarded = guardian.exec(line)
  if (guarded !== null) return rangeOf(guarded[1]!, guarded[2]!) ?? 'junk'
  const one = single.exec(line)
  if (one !== null) return parseCidr(one[1]!) ?? 'junk'
  return line.trim() === '' ? 'none' : (guardedIpv6(line) ?? 'junk')
}

function rangeOf(from: string, to: string): FilterRange | undefined {
  const first = parseIp(from)
  const last = parseIp(to)
  return first === undefined || last === undefined ? undefined : { first, last }
}

/** `NAME:FIRST-LAST` of IPv6: which colon ends the name can only be tried. */
function guardedIpv6(line: string): FilterRange | undefined {
  const dash = line.lastIndexOf('-')
  const last = dash < 0 ? undefined : parseIp(line.slice(dash + 1).trim())
  if (last === undefined) return undefined
  for (let at = line.indexOf(':'); at >= 0 && at < dash; at = line.indexOf(':', at + 1)) {
    const first = parseIp(line.slice(at + 1, dash).trim())
    if (first !== undefined && first.length === last.length) return { first, last }
  }
  return undefined
}
