import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Debian's Chromium. Throws when there is none, and says what to install. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = places.find(path => existsSync(path))
  if (executablePath === undefined)
    throw new Error('No Chromium: `apt-get install chromium fonts-dejavu-core`.')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}

/** Good once: what `peerage open` prints. */
export async function ticketOf({
  url,
  token,
}: {
  readonly url: string
  readonly token: string
}): Promise<string> {
  const response = await fetch(`${url}/api/daemon/open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  })
  return new URL(((await response.json()) as { url: string }).url).hash.slice('#ticket='.length)
}
