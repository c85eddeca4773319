const trackerSchemes = new Set(['http:', 'https:', 'udp:', 'ws:', 'wss:'])
const webSeedSchemes = new Set(['http:', 'https:'])
const maxUrlLength = 2_048

/** Whether `text` is the URL of a tracker (BEP 3, BEP 15, WebTorrent). Whom it may reach is for the network to say. */
export function isTrackerUrl(text: string): boolean {
  return hasScheme(text, trackerSchemes)
}

/** Whether `text` is the URL of a web seed (BEP 19). */
export function isWebSeedUrl(text: string): boolean {
  return hasScheme(text, webSeedSchemes)
}

function hasScheme(text: string, schemes: ReadonlySet<string>): boolean {
  if (text.length > maxUrlLength || !URL.canParse(text)) return false
  const url = new URL(text)
  return schemes.has(url.protocol) && url.hostname !== ''
}
