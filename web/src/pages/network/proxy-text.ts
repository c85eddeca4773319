/** A SOCKS proxy as its form has it. */
export interface ProxyParts {
  readonly host: string
  readonly port: string
  readonly user: string
  /** `***` stands for the one that is kept. */
  readonly password: string
}

export const noProxy: ProxyParts = { host: '', port: '', user: '', password: '' }
export const usualProxyPort = '1080'

/** `socks5://user:password@host:port`; empty without a host. */
export function proxyText({ host, port, user, password }: ProxyParts): string {
  if (host.trim() === '') return ''
  const name = host.trim()
  const place = `${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port.trim() || usualProxyPort}`
  if (user === '') return `socks5://${place}`
  const secret = password === '***' ? password : encodeURIComponent(password)
  return `socks5://${encodeURIComponent(user)}:${secret}@${place}`
}

/** The parts of `network.proxy`, whose password is not shown. */
export function proxyParts(text: string): ProxyParts {
  if (!URL.canParse(text)) return noProxy
  // Other schemes keep a port and what stands before it as they are.
  const { hostname, port, username, password } = new URL(text)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    user: decodeURIComponent(username),
    password: password === '***' ? password : decodeURIComponent(password),
  }
}
