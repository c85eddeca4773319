import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { atOnce, blake3, fromBase58, type HashFunction, toBase58, toHex, utf8 } from '../../base/index.ts'
import { codecs, hashCodes, parseName } from '../../content/index.ts'
import { platformHashes } from '../../store/index.ts'
import { readDenylistHeader, unusable } from './denylist-header.ts'

/** What a rule of a list says about what it names. */
export interface Verdict {
  readonly isDenied: boolean
  /** What a gateway answers: 451 where the list says that it is for the law, else 410. */
  readonly status: 410 | 451
  /** Where in the list it stands, 1 first. */
  readonly line: number
}

/** Something that is asked for. */
export interface Asked {
  /** A CID, or a `Name`: the multihash of a key, or a domain. */
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

/** Bounds of a list: characters of one line ("Security": what is longer is no rule), and lines that are told to be no rules. */
export const denylistLimits: Readonly<Record<'line' | 'junk', number>> = { line: 2_097_152, junk: 1_000 }
/** Characters that are read in one step, but for the end of a line. */
const charactersPerStep = 16_384
/** Characters behind a rule that are looked through for hints. */
const maxHintsLength = 4_096
const libp2pKey = 0x72
/** Characters of a CID, a name or a hash: what is longer names nothing that is asked for, and takes long to read. */
const maxNameLength = 1_024

/** Hash functions of double hashes, by their code in the multicodec table, and how long what they give is. */
const hashes: ReadonlyMap<number, readonly [HashFunction, number]> = new Map([
  [hashCodes.sha256, [platformHashes.get(hashCodes.sha256)!, 32]],
  [hashCodes.sha512, [platformHashes.get(hashCodes.sha512)!, 64]],
  [hashCodes.blake3, [blake3, 32]],
])
/** That of the old kind of double hashes. */
const [sha256] = hashes.get(hashCodes.sha256)!

/** One denylist in the compact format (IPIP-383): what is neither served nor fetched. Decides; it reads no file. */
export class Denylist {
  readonly #rules = new Map<string, Rule[]>()
  readonly #hashed = new Map<string, Rule>()
  /** Codes of hash functions that rules use. */
  readonly #used = new Set<number>()
  #hasOld = false
  #count = 0
  #junk: number[] = []

  /** Rules that are understood. */
  get size(): number {
    return this.#count
  }

  /** Numbers of the first lines that were not, 1 first. */
  get junk(): readonly number[] {
    return this.#junk
  }

  private constructor() {}

  /** Throws `config.invalid` for a header that cannot be read, another version of the format, or more rules than `maxRules`. */
  static of(text: string, limits: DenylistLimits): Denylist {
    return atOnce(Denylist.bySteps(text, limits))
  }

  /** As `of`, some lines a step. */
  static *bySteps(text: string, { maxRules }: DenylistLimits): Generator<void, Denylist> {
    const list = new Denylist()
    const { hints, start, lines } = readDenylistHeader(text)
    let number = lines
    let pauseAt = start + charactersPerStep
    for (let at = start; at < text.length; ) {
      number++
      const end = text.indexOf('\n', at)
      const next = end < 0 ? text.length : end
      const isRule =
        next - at < denylistLimits.line && list.#takeLine(text.slice(at, next).trim(), number, hints)
      if (!isRule && list.#junk.length < denylistLimits.junk) list.#junk.push(number)
      if (list.#count > maxRules) throw unusable(`It has more than ${maxRules} rules.`)
      at = next + 1
      if (at < pauseAt) continue
      yield
      pauseAt = at + charactersPerStep
    }
    return list
  }

  /** False for what is neither a rule nor nothing. */
  #takeLine(text: string, line: number, hints: ReadonlyMap<string, string>): boolean {
    return text === '' || text.startsWith('#') || this.#add(text, line, hints)
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
    return found && { isDenied: found.isDenied, status: found.status, line: found.line }
  }

  /** False for what is no rule. */
  #add(item: string, line: number, hints: ReadonlyMap<string, string>): boolean {
    if (!/^!?\//.test(item)) return false
    const [text = ''] = /^\S+/.exec(item) ?? []
    const rest = item.slice(text.length, text.length + maxHintsLength).trim()
    const own = rest === '' ? hints : new Map([...hints, ...rest.split(/\s+/).map(hintOf)])
    const isDenied = !text.startsWith('!')
    const status = own.get('gateway_status') === '451' ? 451 : 410
    const verdict = { isDenied, status, line, order: this.#count } as const
    const target = isDenied ? text : text.slice(1)
    const added = target.startsWith('//')
      ? this.#addHashed(target.slice(2), verdict)
      : this.#addPlain(target, verdict)
    if (added) this.#count++
    return added
  }

  #addPlain(text: string, verdict: Omit<Rule, 'path' | 'isPrefix'>): boolean {
    const parts = /^\/(ipfs|ipns)\/([^/*]+)(?:\/(.*))?$/s.exec(text)
    if (parts === null || parts[2]!.length > maxNameLength) return false
    const key = parts[1] === 'ipfs' ? contentKey(parts[2]!) : nameKey(parts[2]!)
    const written = parts[3] ?? ''
    const isPrefix = written.endsWith('*')
    const path = decoded(withoutSlashes(isPrefix ? written.slice(0, -1) : written))
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
    if (isOld) {
      this.#hashed.set(`old ${text.toLowerCase()}`, rule)
      this.#hasOld = true
    }
    // A text may be both, and counts as both then ("Doublehash-Rule").
    const multihash = multihashOf(text)
    const [, length] = (multihash && hashes.get(multihash.code)) ?? []
    if (multihash === undefined || multihash.digest.length !== length) return isOld
    this.#used.add(multihash.code)
    this.#hashed.set(`${multihash.code} ${toHex(multihash.digest)}`, rule)
    return true
  }

  *#hashesOf({ root }: Asked, path: string): Generator<string> {
    if (this.#hashed.size === 0) return
    const tail = path === '' ? '' : `/${path}`
    const text = utf8(('domain' in root ? `/ipns/${root.domain}` : toBase58(bytesOf(root))) + tail)
    for (const code of this.#used) yield `${code} ${toHex(hashes.get(code)![0](text))}`
    if (this.#hasOld)
      for (const name of oldNames(root, path)) yield `old ${toHex(sha256(utf8(`${name}/${path}`)))}`
  }
}

/**
 * What the older lists hash: a domain, or a CID in base 32; that of a name is one of a key. Such a rule is about a CID with its codec, but a block is
 * known by its multihash, and whoever wants one that is denied would say another codec.
 */
function oldNames(root: Asked['root'], path: string): readonly string[] {
  if ('domain' in root) return [root.domain]
  if (!(root instanceof CID)) return [CID.createV1(libp2pKey, Digest.decode(root.multihash)).toString(base32)]
  const others = path === '' ? Object.values(codecs).filter(code => code !== root.code) : []
  return [root.code, ...others].map(code => CID.createV1(code, root.multihash).toString(base32))
}

function bytesOf(root: CID | { readonly multihash: Uint8Array }): Uint8Array {
  return root instanceof CID ? root.multihash.bytes : root.multihash
}

function keyOf({ root }: Asked): string {
  return 'domain' in root ? `domain ${root.domain}` : hashKey(bytesOf(root))
}

/** Shorter than in hexadecimal, for there may be millions of them. */
function hashKey(multihash: Uint8Array): string {
  return `hash ${String.fromCharCode(...multihash)}`
}

/** A CID of any version, or a multihash in base 58: which is how version 0 is written. */
function contentKey(text: string): string | undefined {
  try {
    return hashKey(CID.parse(text).multihash.bytes)
  } catch {
    const multihash = multihashOf(text)
    return multihash && hashKey(multihash.bytes)
  }
}

function nameKey(text: string): string | undefined {
  try {
    const name = parseName(text)
    return name.kind === 'domain' ? `domain ${name.domain}` : hashKey(name.multihash)
  } catch {
    return contentKey(text)
  }
}

function multihashOf(text: string): Digest.Digest<number, number> | undefined {
  // Most of a long list are hashes in hexadecimal: cheaper to see than to fail at.
  if (text.length > maxNameLength || text.includes('0')) return undefined
  try {
    return Digest.decode(fromBase58(text))
  } catch {
    return undefined
  }
}

/** `/ipfs/CID/path` and `/ipfs/CID/path/` are one rule. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** `NAME:VALUE` ("Hints"), or `NAME=VALUE`, as Kubo writes it. */
function hintOf(text: string): readonly [string, string] {
  const [, name = text, value = ''] = /^([^:=]+)[:=](.*)$/s.exec(text) ?? []
  return [name, value]
}
