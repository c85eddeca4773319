import { type ErrorCode, PeerageError } from '../base/index.ts'
import type { Failure } from './io-jobs.ts'

const writing: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'store.disk-full',
  EDQUOT: 'store.disk-full',
  EFBIG: 'store.disk-full',
  EROFS: 'store.read-only',
  EACCES: 'store.read-only',
  EPERM: 'store.read-only',
  ENOENT: 'store.target-missing',
  ENOTDIR: 'store.target-missing',
  'base-missing': 'store.target-missing',
  exists: 'store.exists',
  EISDIR: 'store.exists',
  symlink: 'path.unsafe',
  ELOOP: 'path.unsafe',
  ENAMETOOLONG: 'path.unsafe',
  changed: 'store.source-changed',
}

const reading: Readonly<Record<string, ErrorCode>> = {
  ...writing,
  ENOENT: 'store.source-unreadable',
  ENOTDIR: 'store.source-unreadable',
  EACCES: 'store.source-unreadable',
  EPERM: 'store.source-unreadable',
  EISDIR: 'store.source-changed',
  ELOOP: 'store.source-changed',
}

const messages: Partial<Record<ErrorCode, (path: string) => string>> = {
  'store.disk-full': path => `The disk is full: ${path} cannot grow.`,
  'store.read-only': path => `${path} cannot be written.`,
  'store.target-missing': path => `${path} is gone.`,
  'store.exists': path => `${path} already exists with other content.`,
  'path.unsafe': path => `${path} leads through a symlink or has a name this disk does not take.`,
  'store.source-unreadable': path => `${path} cannot be read.`,
  'store.source-changed': path => `${path} has changed since it was shared.`,
}

/** The error that a person sees for what a worker or the file system said. */
export function diskError(failure: Failure, use: 'reading' | 'writing'): PeerageError {
  const code = (use === 'reading' ? reading : writing)[failure.failed] ?? 'store.io'
  const message = messages[code]?.(failure.path) ?? `${failure.path}: ${failure.message}`
  return new PeerageError(code, message, {
    details: { path: failure.path, reason: failure.failed },
    cause: failure.message,
  })
}

/** The same for an exception of `node:fs`; a `PeerageError` stays as it is. */
export function diskErrorOf(error: unknown, use: 'reading' | 'writing', path = ''): PeerageError {
  if (error instanceof PeerageError) return error
  if (error instanceof IoFailure) return diskError(error.failure, use)
  const { code, message, path: at } = error as Partial<NodeJS.ErrnoException>
  return diskError({ failed: code ?? 'BUG', message: message ?? String(error), path: at ?? path }, use)
}

/** A job failed in a worker; callers turn it into a `PeerageError` that fits what was being done. */
export class IoFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }

  get reason(): string {
    return this.failure.failed
  }
}
