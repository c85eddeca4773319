import { GatewayFailure, shown } from './failure.ts'

/** One rule of a `_redirects` file, taken apart. */
export interface RedirectRule {
  /** Names, `:placeholder` and, last, `*`. */
  readonly from: readonly string[]
  /** A path or an HTTP(S) URL, in which `:name` and `:splat` stand for what matched. */
  readonly to: string
  readonly status: number
}

/** Where a rule leads. */
export interface Redirection {
  /** An encoded path with a query, or a URL. */
  readonly to: string
  readonly status: number
}

/** "Max File Size". */
export const maxRedirectsBytes = 65_536
const statuses: ReadonlySet<number> = new Set([200, 301, 302, 303, 307, 308, 404, 410, 451])

/**
 * The rules of a `_redirects` file ("Web _redirects File Specification"). Throws a `GatewayFailure` 500 for a file that cannot be
 * understood ("Error Handling").
 */
export function parseRedirects(bytes: Uint8Array): RedirectRule[] {
  if (bytes.length > maxRedirectsBytes)
    throw refused(`the redirects file size cannot exceed ${maxRedirectsBytes} bytes`)
  const lines = textOf(bytes).split(/\r?\n/)
  return lines.flatMap((line, i) => {
    const text = line.trim()
    return text === '' || text.startsWith('#') ? [] : [ruleOf(text, i + 1)]
  })
}

/** What the first rule that matches makes of a path; undefined when none does. `query` without its question mark. */
export function redirect(
  rules: readonly RedirectRule[],
  path: readonly string[],
  query: string,
): Redirection | undefined {
  for (const rule of rules) {
    const found = match(rule.from, path)
    if (found !== undefined) return { to: withQuery(fill(rule.to, found), query), status: rule.status }
  }
  return undefined
}

function ruleOf(line: string, number: number): RedirectRule {
  const [from = '', to = '', status = '301', ...more] = line.split(/[ \t]+/)
  const at = `line ${number}`
  if (to === '') throw refused(`${at} does not say where to`)
  if (more.length > 0) throw refused(`${at} has more than three parts`)
  if (!from.startsWith('/')) throw refused(`${at} does not begin with a path`)
  if (!to.startsWith('/') && !/^https?:\/\//i.test(to))
    throw refused(`${at} leads to "${shown(to)}", which is neither a path nor a URL`)
  if (!/^\d{3}$/.test(status) || !statuses.has(Number(status)))
    throw refused(`${at} has the status "${shown(status)}", which is not supported`)
  const names = namesOf(from)
  const placeholders = names.filter(name => isPlaceholder(name))
  if (new Set(placeholders).size !== placeholders.length) throw refused(`${at} has a placeholder twice`)
  return { from: names, to, status: Number(status) }
}

function namesOf(path: string): string[] {
  return path
    .split('/')
    .filter(name => name !== '')
    .map(name => {
      try {
        return decodeURIComponent(name)
      } catch {
        return name
      }
    })
}

function isPlaceholder(name: string): boolean {
  return name.length > 1 && name.startsWith(':')
}

function match(from: readonly string[], path: readonly string[]): Map<string, string> | undefined {
  const isSplat = from.at(-1) === '*'
  const names = isSplat ? from.slice(0, -1) : from
  if (isSplat ? path.length < names.length : path.length !== names.length) return undefined
  const found = new Map<string, string>()
  for (const [i, name] of names.entries()) {
    if (isPlaceholder(name)) found.set(name.slice(1), encodeURIComponent(path[i]!))
    else if (name !== path[i]) return undefined
  }
  if (isSplat) found.set('splat', path.slice(names.length).map(encodeURIComponent).join('/'))
  return found
}

function fill(to: string, found: ReadonlyMap<string, string>): string {
  const filled = to.replace(/:([a-z_][a-z0-9_]*)/gi, (whole, name: string) => found.get(name) ?? whole)
  // What was asked for must not become the host of another site: `//elsewhere/`.
  return to.startsWith('//') ? filled : filled.replace(/^\/{2,}/, '/')
}

/** "Query Parameters": those of the user win over those of the rule. */
function withQuery(to: string, query: string): string {
  if (query === '') return to
  const [, before, own = '', after = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(to)!
  const given = new URLSearchParams(query)
  const kept = [...new URLSearchParams(own)].filter(([name]) => !given.has(name))
  return `${before}?${new URLSearchParams([...kept, ...given])}${after}`
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refused('it is not UTF-8 text')
  }
}

function refused(why: string): GatewayFailure {
  return new GatewayFailure(500, `could not parse _redirects: ${why}.`)
}
