import { encodedPath } from './place.ts'

/** Something in a folder. */
export interface ListedEntry {
  readonly name: string
  readonly cid: string
  /** In bytes, of the DAG behind it, as whoever made the folder says. */
  readonly size: number | undefined
}

/** Where a page of ours is. */
export interface Seen {
  /** `/ipfs/CID` or `/ipns/NAME`. */
  readonly root: string
  readonly path: readonly string[]
  readonly cid: string
  /** What stands before the path in links. */
  readonly base: string
  /** What stands before `/ipfs/CID` in links to other roots; undefined: there are none. */
  readonly elsewhere: string | undefined
}

/** Changes when the page looks different, so that nobody is shown an old one from a cache. */
export const pageVersion = '2'

/** Nothing runs, nothing is loaded, nothing is sent from our own pages. */
export const pagePolicy: string =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const style = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.2rem; overflow-wrap: anywhere } table { width: 100%; border-collapse: collapse }
td { padding: .25rem .5rem; border-top: 1px solid #8884; overflow-wrap: anywhere } td:last-child { text-align: right; white-space: nowrap }
.ipfs-hash { font: .75rem ui-monospace, monospace; opacity: .6 }
pre { overflow-wrap: anywhere; white-space: pre-wrap } bdi { unicode-bidi: isolate }`

/** The page of a folder without an `index.html`. Names are somebody else's text: none of them is markup, and none turns what stands around it. */
export function directoryPage(
  seen: Seen,
  { entries, isCut }: { readonly entries: readonly ListedEntry[]; readonly isCut: boolean },
): string {
  const { path, base } = seen
  const up =
    path.length === 0
      ? ''
      : `<tr><td><a href="${attribute(base + encodedPath(path))}/..">..</a></td><td></td><td></td></tr>\n`
  const rows = entries.map(entry => row(entry, seen))
  const more = isCut
    ? '<p>There are more entries than are shown here; ask for the folder as a CAR to get all of them.</p>'
    : ''
  return seenPage(seen, `<table>\n${up}${rows.join('\n')}\n</table>\n${more}`)
}

/** A page of ours about what is behind a path, its parts above it. */
export function seenPage({ root, path, base, cid }: Seen, body: string): string {
  const parts = path.map(
    (name, i) => `<a href="${attribute(base + encodedPath(path.slice(0, i + 1)))}">${nameText(name)}</a>`,
  )
  const [, kind = '', head = ''] = root.split('/')
  const crumbs = `/${kind}/${[`<a href="${attribute(base === '' ? '/' : base)}">${nameText(head)}</a>`, ...parts].join('/')}`
  return pageOf(
    `Index of ${root}${path.map(name => `/${name}`).join('')}`,
    `<h1>Index of ${crumbs}</h1>\n<p class="ipfs-hash">${markup(cid)}</p>\n${body}`,
  )
}

function row({ name, cid, size }: ListedEntry, { base, path, elsewhere }: Seen): string {
  const link = `<a href="${attribute(`${base}${encodedPath([...path, name])}`)}">${nameText(name)}</a>`
  const hash = linkTo(cid, `?filename=${encodeURIComponent(name.toWellFormed())}`, elsewhere)
  return `<tr><td>${link}</td><td>${hash}</td><td>${size === undefined ? '' : sizeText(size)}</td></tr>`
}

/** A CID that leads to what is behind it. */
export function linkTo(cid: string, search: string, elsewhere: string | undefined): string {
  if (elsewhere === undefined) return `<span class="ipfs-hash" translate="no">${markup(cid)}</span>`
  return `<a class="ipfs-hash" translate="no" href="${attribute(`${elsewhere}/ipfs/${cid}${search}`)}">${markup(cid)}</a>`
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  410: 'Gone',
  412: 'Precondition Failed',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The page that says why there is no content. */
export function failurePage(status: number, message: string): string {
  const title = `${status} ${phrases[status] ?? ''}`.trim()
  return pageOf(title, `<h1>${markup(title)}</h1>\n<p>${markup(message)}</p>`)
}

function pageOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${markup(visible(title))}</title>
<style>${style}</style>
<body>
${body}
</body>
</html>
`
}

/** A name, isolated (Unicode Bidirectional Algorithm, "Explicit Directional Isolates") unless it is ASCII, without marks that nobody sees. */
export function nameText(name: string): string {
  const text = markup(visible(name))
  return /^[\x20-\x7e]*$/.test(name) ? text : `<bdi>${text}</bdi>`
}

/** Control characters, marks that turn text around, and those without width become visible. */
function visible(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
}

function markup(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, char => names[char]!)
}

/** A URL that was encoded already, for an attribute. */
function attribute(url: string): string {
  return markup(url)
}

function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
