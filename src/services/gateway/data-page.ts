import { CID } from 'multiformats/cid'
import { linkTo, nameText, type Seen, seenPage } from './page.ts'

interface Shown {
  readonly format: string
  /** As `readData` gives it: no deeper than its bound. */
  readonly data: unknown
  /** Beyond which the page breaks off. */
  readonly maxValues: number
}

/** Characters of one text, and of bytes in base 64, that are shown. */
const maxText = 2_048

/** DAG-CBOR or DAG-JSON for people: what it says, each link one that leads there. All of it is somebody else's text, and none of it markup. */
export function dataPage(seen: Seen, { format, data, maxValues }: Shown): string {
  const lines: string[] = []
  const isCut = !write(data, '', '', { lines, maxValues, seen })
  const more = isCut ? '\n<p>There is more than is shown here.</p>' : ''
  const files = `<p>As a file: <a href="?format=${format}&amp;download=true">${format}</a>, <a href="?format=raw">raw</a></p>`
  return seenPage(seen, `${files}\n<pre>${lines.join('\n')}</pre>${more}`)
}

interface Writing {
  readonly lines: string[]
  readonly maxValues: number
  readonly seen: Seen
}

/** False when there were too many. */
function write(value: unknown, indent: string, label: string, to: Writing): boolean {
  const { lines, maxValues, seen } = to
  if (lines.length >= maxValues) return false
  const entries = entriesOf(value)
  lines.push(
    indent + label + (entries === undefined ? plainText(value, seen) : Array.isArray(value) ? '[' : '{'),
  )
  if (entries === undefined) return true
  for (const [name, part] of entries)
    if (!write(part, `${indent}  `, name === undefined ? '' : `${nameText(cut(JSON.stringify(name)))}: `, to))
      return false
  lines.push(`${indent}${Array.isArray(value) ? ']' : '}'}`)
  return true
}

/** Undefined for what has no parts. */
function entriesOf(value: unknown): (readonly [string | undefined, unknown])[] | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (CID.asCID(value) !== null) return undefined
  return Array.isArray(value) ? value.map(part => [undefined, part] as const) : Object.entries(value)
}

function plainText(value: unknown, { elsewhere }: Seen): string {
  if (value instanceof Uint8Array)
    return `bytes ${cut(Buffer.from(value.subarray(0, maxText)).toString('base64'))}`
  const cid = typeof value === 'object' && value !== null ? CID.asCID(value) : null
  if (cid !== null) return linkTo(cid.toString(), '', elsewhere)
  return nameText(typeof value === 'string' ? cut(JSON.stringify(value)) : String(value))
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}\u2026` : text
}
