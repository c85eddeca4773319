import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** A link stays as it is, and so does CONTACT/NAME; what is a file here, or looks like nothing else, names a file. */
export function localFile(text: string, workingFolder: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) || !/[./\\]/.test(text)) return text
  const path = resolve(workingFolder, text)
  return /^[./\\]/.test(text) || !text.includes('/') || existsSync(path) ? path : text
}
