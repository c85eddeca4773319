import { PeerageError } from '../../base/index.ts'

/** An element, without namespaces and attributes: those of UPnP say nothing. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  /** The text directly in it, trimmed. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

export const xmlLimits = { maxLength: 65_536, maxDepth: 24, maxElements: 2_000 } as const

interface Open {
  readonly tag: string
  text: string
  readonly children: XmlElement[]
}

const name = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?'
const attribute = `\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*')`
/** One construct of XML at the place of `lastIndex`. A DOCTYPE is none: nothing of it is needed, and all bombs begin with one. */
const token = new RegExp(
  [
    '<!--(?:(?!--)[^])*-->',
    '<\\?(?:(?!\\?>)[^])*\\?>',
    '<!\\[CDATA\\[(?<data>(?:(?!\\]\\]>)[^])*)\\]\\]>',
    `</(?<end>${name})\\s*>`,
    `<(?<start>${name})(?:${attribute})*\\s*(?<empty>/)?>`,
    '(?<text>[^<]+)',
  ].join('|'),
  'y',
)

/**
 * The root element of a document of the little XML that routers speak: no DOCTYPE, no entities but the five and numbers. Throws
 * `wire.invalid` and `wire.limit`.
 */
export function parseXml(source: string): XmlElement {
  if (source.length > xmlLimits.maxLength) throw tooMuch()
  const top: Open = { tag: '', text: '', children: [] }
  const open: Open[] = [top]
  let elements = 0
  const scan = new RegExp(token)
  for (scan.lastIndex = 0; scan.lastIndex < source.length; ) {
    const groups = scan.exec(source)?.groups
    const current = open[open.length - 1]!
    if (groups === undefined) throw noXml()
    if (groups.start !== undefined) {
      if (++elements > xmlLimits.maxElements || open.length > xmlLimits.maxDepth) throw tooMuch()
      const begun = { tag: groups.start, text: '', children: [] }
      if (groups.empty === undefined) open.push(begun)
      else current.children.push(elementOf(begun))
    } else if (groups.end !== undefined) {
      if (open.length === 1 || groups.end !== current.tag) throw noXml()
      open.pop()
      open[open.length - 1]!.children.push(elementOf(current))
    } else current.text += groups.data ?? decoded(groups.text ?? '')
  }
  const [root] = top.children
  if (
    open.length !== 1 ||
    root === undefined ||
    top.children.length > 1 ||
    top.text.replace('\ufeff', '').trim() !== ''
  )
    throw noXml()
  return root
}

/** Every element below `root` with that name, `root` included, in the order of the document. */
export function elementsNamed(root: XmlElement, wanted: string): XmlElement[] {
  const below = root.children.flatMap(child => elementsNamed(child, wanted))
  return root.name === wanted ? [root, ...below] : below
}

/** The text of the first child with that name. */
export function childText(element: XmlElement, wanted: string): string | undefined {
  return element.children.find(child => child.name === wanted)?.text
}

function elementOf({ tag, text, children }: Open): XmlElement {
  return { name: tag.slice(tag.indexOf(':') + 1), text: text.trim(), children }
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replace(/&([^;&]{0,10});?/g, (whole, body: string) => {
    const entity = whole.endsWith(';') ? (entities[body] ?? numbered(body)) : undefined
    if (entity === undefined) throw noXml()
    return entity
  })
}

function numbered(body: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(body) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

function noXml(): PeerageError {
  return new PeerageError('wire.invalid', 'That is not the XML of a router.')
}

function tooMuch(): PeerageError {
  return new PeerageError('wire.limit', 'That is more XML than a router has to say.')
}
