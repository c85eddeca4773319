import { createPrivateKey, X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError, parseIp, type World } from '../../base/index.ts'
import { readIfThere, writePrivate } from '../home-files.ts'
import type { RemoteConfig } from './config.ts'
import { type KeyAndCertificate, makeSelfSigned } from './self-signed.ts'

/** What remote access shows to browsers. */
export interface ServerCertificate extends KeyAndCertificate {
  /** SHA-256, as browsers show it: `AB:CD:...`. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
  /** From files that the user named. */
  readonly isOwn: boolean
}

export interface CertificateOptions {
  readonly home: string
  readonly world: World
  readonly config: Pick<RemoteConfig, 'certificate' | 'key' | 'names' | 'address'>
  /** Addresses of this computer. */
  readonly addresses: readonly string[]
}

const dayMs = 24 * 3_600_000
const validMs = 365 * dayMs
/** A made certificate is replaced so long before its end. */
const renewMs = 30 * dayMs
/** A clock that is a little behind ours must not find it not valid yet. */
const earlierMs = dayMs
/** A file of certificates is read up to this size. */
const maxFileBytes = 1024 * 1024

/** The certificate that the user named, or one of our own that is kept in HOME/remote.pem. Throws `config.invalid`. */
export async function loadCertificate(options: CertificateOptions): Promise<ServerCertificate> {
  const { certificate, key } = options.config
  if (certificate !== '' || key !== '') return await loadOwn(options)
  const kept = keptCertificate(options)
  if (kept !== undefined) return kept
  const { world, home } = options
  const now = world.wallTime()
  const made = makeSelfSigned({
    names: [...new Set([...namesOf(options), 'localhost', ...options.addresses])],
    notBefore: now - earlierMs,
    notAfter: now + validMs,
    random: world.random,
  })
  writePrivate(join(home, 'remote.pem'), made.key + made.certificate)
  return described(made, false)
}

/** What was made before, when it is good for some time and for all names. */
function keptCertificate(options: CertificateOptions): ServerCertificate | undefined {
  const text = readIfThere(join(options.home, 'remote.pem')) ?? ''
  const [key] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text) ?? []
  const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text) ?? []
  if (key === undefined || certificate === undefined) return undefined
  try {
    const parsed = new X509Certificate(certificate)
    const left = parsed.validToDate.getTime() - options.world.wallTime()
    const isFor = (name: string): boolean =>
      (parseIp(name) === undefined ? parsed.checkHost(name) : parsed.checkIP(name)) !== undefined
    const isGood = parsed.checkPrivateKey(createPrivateKey(key)) && left > renewMs
    return isGood && namesOf(options).every(isFor) ? described({ key, certificate }, false) : undefined
  } catch {
    // Damaged: a new one is made.
    return undefined
  }
}

/** Names and addresses without their ports and brackets. */
function namesOf({ config: { names, address } }: CertificateOptions): string[] {
  const listens = address === '0.0.0.0' || address === '::' ? [] : [address]
  return [...listens, ...names.map(name => name.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))]
}

async function loadOwn({ config, world }: CertificateOptions): Promise<ServerCertificate> {
  const [certificate, key] = [
    await readNamed('remote.certificate', config.certificate),
    await readNamed('remote.key', config.key),
  ]
  const parsed = parseOwn('remote.certificate', () => new X509Certificate(certificate))
  const isOfKey = parseOwn('remote.key', () => parsed.checkPrivateKey(createPrivateKey(key)))
  if (!isOfKey) throw unusable('remote.key', 'it does not belong to the certificate')
  if (parsed.validToDate.getTime() <= world.wallTime()) throw unusable('remote.certificate', 'it is over')
  return described({ key, certificate }, true)
}

async function readNamed(setting: string, path: string): Promise<string> {
  if (path === '') throw unusable(setting, 'name both files, of the certificate and of its key')
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(maxFileBytes + 1) })
    if (bytesRead <= maxFileBytes) return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    throw unusable(setting, `${path} cannot be read`, cause)
  }
  throw unusable(setting, `${path} is larger than ${maxFileBytes} bytes`)
}

/** The cause stays away: it could quote the key. */
function parseOwn<T>(setting: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw unusable(setting, 'it is not PEM of that kind, or has a passphrase')
  }
}

function unusable(setting: string, why: string, cause?: unknown): PeerageError {
  return new PeerageError('config.invalid', `"${setting}" cannot be used: ${why}.`, {
    cause,
    details: { key: setting },
  })
}

function described(pair: KeyAndCertificate, isOwn: boolean): ServerCertificate {
  const parsed = new X509Certificate(pair.certificate)
  return { ...pair, isOwn, fingerprint: parsed.fingerprint256, notAfter: parsed.validToDate.getTime() }
}
