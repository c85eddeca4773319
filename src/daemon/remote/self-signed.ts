import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { parseIp, type Random, utf8 } from '../../base/index.ts'

export interface SelfSignedOptions {
  /** Host names and IP addresses. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  readonly random: Random
}

/** Key and certificate as PEM. */
export interface KeyAndCertificate {
  readonly key: string
  readonly certificate: string
}

/** A new ECDSA key on P-256 and a certificate of it that it signed itself (RFC 5280), for a server. */
export function makeSelfSigned(options: SelfSignedOptions): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = toBeSigned(publicKey, options)
  const der = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)))
  const lines = der.toString('base64').match(/.{1,64}/g)!
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** TBSCertificate (RFC 5280, section 4.1). */
function toBeSigned(publicKey: KeyObject, { names, notBefore, notAfter, random }: SelfSignedOptions): Buffer {
  const name = sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, utf8('Peerage')))))
  return sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(random.bytes(16)),
    ecdsaWithSha256,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(names))),
  )
}

/** Section 4.2: for the names, for servers, and to sign with, but for no certificates of others. */
function extensions(names: readonly string[]): Buffer[] {
  const critical = der(0x01, Uint8Array.of(0xff))
  return [
    sequence(oid('2.5.29.19'), critical, der(0x04, sequence())),
    sequence(oid('2.5.29.15'), critical, der(0x04, der(0x03, Uint8Array.of(7, 0x80)))),
    sequence(oid('2.5.29.37'), der(0x04, sequence(oid('1.3.6.1.5.5.7.3.1')))),
    sequence(oid('2.5.29.17'), der(0x04, sequence(...names.map(generalName)))),
  ]
}

/** Section 4.2.1.6: an address by its bytes, anything else as a DNS name. */
function generalName(name: string): Buffer {
  const words = parseIp(name)
  if (words === undefined) return der(0x82, utf8(name))
  return der(
    0x87,
    Uint8Array.from(words.flatMap(word => [24, 16, 8, 0].map(shift => (word >>> shift) & 0xff))),
  )
}

/** DER (ITU-T X.690): tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const whole = Buffer.concat(content)
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(whole.length)), whole])
}

function lengthOf(length: number): number[] {
  if (length < 128) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(0x30, ...content)
}

/** A positive number by its bytes, highest first. */
function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex(byte => byte !== 0)
  const short = first < 0 ? Uint8Array.of(0) : bytes.subarray(first)
  return der(0x02, short[0]! >= 0x80 ? Uint8Array.of(0, ...short) : short)
}

function bits(bytes: Uint8Array): Buffer {
  return der(0x03, Uint8Array.of(0), bytes)
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}

/** Section 4.1.2.5: two digits for the year until 2049. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return new Date(at).getUTCFullYear() < 2050 ? der(0x17, utf8(digits.slice(2))) : der(0x18, utf8(digits))
}

const ecdsaWithSha256: Buffer = sequence(oid('1.2.840.10045.4.3.2'))
