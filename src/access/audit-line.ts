import { createHash } from 'node:crypto'
import { z } from '../base/index.ts'

/** Who asked for and got what, or did not. Nothing secret belongs in it. */
export interface AuditRecord {
  /** PeerId; `*` for many that are not named. */
  readonly peer: string
  readonly action: string
  readonly resource: string
  readonly allowed: boolean
  readonly reason: string
  /** The rule that decided, see `Decision`. */
  readonly rule?: string | undefined
  /** That were sent. */
  readonly bytes?: number | undefined
}

/** A line of the log. */
export interface AuditRow extends AuditRecord {
  /** Counts all lines ever written. */
  readonly sequence: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** How many times the same happened, when it was more than once. */
  readonly count?: number | undefined
  /** Hash of the line before, where that is in another file or was damaged. */
  readonly after?: string | undefined
}

/** Of each text in a line, in UTF-16 units. */
export const maxAuditText = 512

const text = z.string().max(maxAuditText)
const count = z.int().min(0)
const auditRow: z.ZodType<AuditRow> = z.object({
  sequence: count,
  at: z.number(),
  peer: text,
  action: text,
  resource: text,
  allowed: z.boolean(),
  reason: text,
  rule: text.optional(),
  bytes: count.optional(),
  count: count.optional(),
  after: text.optional(),
})

/** One line of JSON with the hash of itself and of the line before it. */
export function writeLine(row: AuditRow, before: string): { readonly line: string; readonly hash: string } {
  const body = JSON.stringify(row)
  const hash = hashOf(body, before)
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}\n`, hash }
}

export interface ReadLine {
  readonly row: AuditRow
  readonly hash: string
  /** Whether the line is what was written after the line with the hash `before`. */
  follows(before: string): boolean
}

/** Undefined when it is not a line of the log. */
export function readLine(line: string): ReadLine | undefined {
  const [, start, hash = ''] = /^(\{.*),"hash":"([A-Za-z0-9_-]{43})"\}$/s.exec(line) ?? []
  if (start === undefined) return undefined
  const body = `${start}}`
  const row = parseRow(body)
  return row && { row, hash, follows: before => hashOf(body, before) === hash }
}

function parseRow(body: string): AuditRow | undefined {
  try {
    const parsed = auditRow.safeParse(JSON.parse(body))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

function hashOf(body: string, before: string): string {
  return createHash('sha256').update(`${before}\n${body}`).digest('base64url')
}
