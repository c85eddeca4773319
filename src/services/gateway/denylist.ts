import { blake3 } from '@noble/hashes/blake3.js'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { fromBase58, sha256, toBase58, toHex, utf8 } from '../../base/index.ts'
import { parseName } from '../../content/index.ts'
import { GatewayFailure } from './failure.ts'

/** What a rule of a list says about what it names. */
export interface Verdict {
  readonly isDenied: boolean
  /** 451 where the list says that it is for the law, else 410. */
  readonly status: 410 | 451
}

/** Something that is asked for. */
export interface Asked {
  /** A CID, the multihash of a key, or a domain. */
  readonly root: CID | { readonly multihash: Uint8Array } | { readonly domain: string }
  /** Names behind it, decoded. */
  readonly path: readonly string[]
}

export interface DenylistLimits {
  readonly maxRules: number
}

interface Rule extends Verdict {
  /** The last rule that matches wins. */
  readonly order: number
  readonly path: string
  readonly isPrefix: boolean
}

const maxLineLength = 8_192
const maxHeaderLength = 1_048_576
const codes = { sha256: 0x12, blake3: 0x1e } as const
type Algorithm = keyof typeof codes
const algorithms: readonly Algorithm[] = ['sha256', 'blake3']

/** One denylist in the compact format (IPIP-383): what is not served. Decides; it reads no file. */
export class Denylist {
  readonly #rules = new Map<string, Rule[]>()
  readonly #hashed = new Map<string, Rule>()
  readonly #used = new Set<Algorithm>()
  #count = 0
  #junk: number[] = []

  /** Rules that are understood. */
  get size(): number {
    return this.#count
  }

  /** Numbers of the lines that were not, 1 first. */
  get junk(): readonly number[] {
    return this.#junk
  }

  /** Throws a `GatewayFailure` for another version of the format, or for more rules than `maxRules`. */
  constructor(text: string, { maxRules }: DenylistLimits) {
    const { body, hints, lines: headerLines } = withoutHeader(text)
    let number = headerLines
    for (const line of body.split('\n')) {
      number++
      const item = line.trim()
      if (item === '' || item.startsWith('#')) continue
      if (item.length > maxLineLength || !this.#add(item, hints)) this.#junk.push(number)
      if (this.#count > maxRules) throw new GatewayFailure(500, `It has more than ${maxRules} rules.`)
    }
  }

  /** What the last rule that matches says; undefined when none does. */
  verdict(asked: Asked): Verdict | undefined {
    if (this.#count === 0) return undefined
    const path = asked.path.join('/')
    const rules = this.#rules.get(keyOf(asked)) ?? []
    let found: Rule | undefined
    for (const rule of rules) {
      const matches = rule.isPrefix ? path.startsWith(rule.path) : path === rule.path
      if (matches && (found === undefined || rule.order > found.order)) found = rule
    }
    for (const key of this.#hashesOf(asked, path)) {
      const rule = this.#hashed.get(key)
      if (rule !== undefined && (found === undefined || rule.order > found.order)) found = rule
    }
    return found && { isDenied: found.isDenied, status: found.status }
  }

  /** False for what is no rule. */
  #add(item: string, hints: ReadonlyMap<string, string>): boolean {
    const [text = '', ...rest] = item.split(/\s+/)
    const own = new Map([...hints, ...rest.map(hintOf)])
    const isDenied = !text.startsWith('!')
    const status = own.get('gateway_status') === '451' ? 451 : 410
    const verdict = { isDenied, status, order: this.#count } as const
    const target = isDenied ? text : text.slice(1)
    const added = target.startsWith('//')
      ? this.#addHashed(target.slice(2), verdict)
      : this.#addPlain(target, verdict)
    if (added) this.#count++
    return added
  }

  #addPlain(text: string, verdict: Omit<Rule, 'path' | 'isPrefix'>): boolean {
    const parts = /^\/(ipfs|ipns)\/([^/*]+)(?:\/(.*))?$/s.exec(text)
    if (parts === null) return false
    const key = parts[1] === 'ipfs' ? contentKey(parts[2]!) : nameKey(parts[2]!)
    const written = parts[3] ?? ''
    const isPrefix = written.endsWith('*')
    const path = decoded((isPrefix ? written.slice(0, -1) : written).replace(/\/+$/, ''))
    if (key === undefined || path === undefined) return false
    const rules = this.#rules.get(key)
    const rule = { ...verdict, path, isPrefix }
    if (rules === undefined) this.#rules.set(key, [rule])
    else rules.push(rule)
    return true
  }

  /** A hash in hexadecimal is of the old kind; a multihash in base 58 of the new one. */
  #addHashed(text: string, verdict: Omit<Rule, 'path' | 'isPrefix'>): boolean {
    const rule = { ...verdict, path: '', isPrefix: false }
    const isOld = /^[0-9a-f]{64}$/i.test(text)
    if (isOld) this.#hashed.set(`old ${text.toLowerCase()}`, rule)
    const multihash = multihashOf(text)
    const algorithm = algorithms.find(name => codes[name] === multihash?.code)
    if (multihash === undefined || algorithm === undefined) return isOld
    this.#used.add(algorithm)
    this.#hashed.set(`${algorithm} ${toHex(multihash.digest)}`, rule)
    return true
  }

  *#hashesOf(asked: Asked, path: string): Generator<string> {
    if (this.#hashed.size === 0) return
    const tail = path === '' ? '' : `/${path}`
    const { root } = asked
    const text = 'domain' in root ? `/ipns/${root.domain}` : toBase58(bytesOf(root))
    for (const algorithm of this.#used) yield `${algorithm} ${toHex(hashOf(algorithm, text + tail))}`
    const old = 'domain' in root ? root.domain : root instanceof CID ? root.toV1().toString() : undefined
    if (old !== undefined) yield `old ${toHex(sha256(utf8(`${old}/${path}`)))}`
  }
}

function hashOf(algorithm: Algorithm, text: string): Uint8Array {
  return algorithm === 'sha256' ? sha256(utf8(text)) : blake3(utf8(text))
}

function bytesOf(root: CID | { readonly multihash: Uint8Array }): Uint8Array {
  return root instanceof CID ? root.multihash.bytes : root.multihash
}

function keyOf({ root }: Asked): string {
  return 'domain' in root ? `domain ${root.domain}` : `hash ${toHex(bytesOf(root))}`
}

/** A CID of any version, or a multihash in base 58: which is how version 0 is written. */
function contentKey(text: string): string | undefined {
  try {
    return `hash ${toHex(CID.parse(text).multihash.bytes)}`
  } catch {
    const multihash = multihashOf(text)
    return multihash && `hash ${toHex(multihash.bytes)}`
  }
}

function nameKey(text: string): string | undefined {
  try {
    const name = parseName(text)
    return name.kind === 'domain' ? `domain ${name.domain}` : `hash ${toHex(name.multihash)}`
  } catch {
    return contentKey(text)
  }
}

function multihashOf(text: string): Digest.Digest<number, number> | undefined {
  try {
    return Digest.decode(fromBase58(text))
  } catch {
    return undefined
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function hintOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** The header is YAML ("Header"); of it we read what we know: the version, and hints, one a line. */
function withoutHeader(text: string): { body: string; hints: ReadonlyMap<string, string>; lines: number } {
  const end = /^---[ \t]*\r?$/m.exec(text.slice(0, maxHeaderLength))
  if (end === null) return { body: text, hints: new Map(), lines: 0 }
  const header = text.slice(0, end.index)
  const version = /^version:[ \t]*(\S+)/m.exec(header)?.[1] ?? '1'
  if (version !== '1') throw new GatewayFailure(500, 'It is of a version of the format that is not known.')
  const block = /^hints:[ \t]*\r?\n((?:[ \t]+\S.*\r?\n?)*)/m.exec(header)?.[1] ?? ''
  const hints = [...block.matchAll(/^[ \t]+([^:\s]+):[ \t]*["']?([^"'\r\n]*)/gm)]
  const body = text.slice(end.index + end[0].length + 1)
  return {
    body,
    hints: new Map(hints.map(([, name, value]) => [name!, value!.trim()])),
    lines: text.slice(0, text.length - body.length).split('\n').length - 1,
  }
}
