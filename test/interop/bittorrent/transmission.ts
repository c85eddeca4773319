import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { follow } from '../../../bench/child.ts'
import { type PeerOptions, type Place, type Program, patienceMs } from './peer.ts'

const port = 51_413
const rpcPort = 9091
const pollMs = 100

/**
 * transmission-daemon 3.00, steered by transmission-remote. It takes no addresses of peers: others must be found. It looks whom it
 * is interested in and whom to serve every ten seconds only, first ten seconds after its first torrent: with itself, too, a
 * transfer takes fifteen seconds.
 */
export const transmission: Program = {
  name: 'transmission',
  versions: ['v1'], // It does not parse hybrids: their file tree has an empty key.
  missing() {
    try {
      // Each has a package of its own.
      for (const program of ['transmission-daemon', 'transmission-remote'])
        execFileSync(program, ['--version'], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'transmission is not installed (apt-get install transmission-daemon transmission-cli)'
    }
  },
  async start(place, options) {
    const { lab, host, home, address } = place
    const config = join(home, 'transmission')
    await mkdir(config)
    // Its RPC server does not bind to 127.0.0.1 on a host without an IPv4 address of another kind. This one leads nowhere.
    if (address.includes(':'))
      await once(lab.run(host, ['ip', 'address', 'add', '192.0.2.1/32', 'dev', 'lo']), 'close')
    await writeFile(join(config, 'settings.json'), JSON.stringify(settingsOf(place, options)))
    const daemon = follow(['transmission-daemon', '--foreground', '--config-dir', config], command =>
      lab.run(host, command),
    )
    const remote = async (...words: readonly string[]): Promise<string> => {
      const child = lab.run(host, ['transmission-remote', `127.0.0.1:${rpcPort}`, ...words])
      return text(child.stdout!)
    }
    const until = async (fits: RegExp, ...words: readonly string[]): Promise<void> => {
      const deadline = performance.now() + patienceMs
      for (let said = ''; !fits.test(said); said = await remote(...words)) {
        if (performance.now() > deadline) throw new Error(`transmission is not done: ${said}`)
        await pause(pollMs)
      }
    }
    await until(/DAEMON|Configuration|Transfer/i, '--session-info')
    return {
      endpoint: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      async seed(torrent, folder) {
        await remote('--add', torrent, '--download-dir', folder)
        await until(/State: (Idle|Seeding)[\s\S]*Percent Done: 100%/, '--torrent', '1', '--info')
      },
      async fetch({ torrent, magnet }, folder) {
        await remote('--add', torrent ?? magnet ?? '', '--download-dir', folder)
        await until(/Percent Done: 100%/, '--torrent', '1', '--info')
      },
      log: async () =>
        `${await remote('--torrent', '1', '--info')}${await remote('--torrent', '1', '--info-peers')}`,
      [Symbol.asyncDispose]: () => daemon.kill('SIGKILL'),
    }
  },
}

function settingsOf({ address, home }: Place, { encrypted, utpOnly, lsd, dht }: PeerOptions): object {
  return {
    'download-dir': home,
    'peer-port': port,
    'rpc-port': rpcPort,
    'rpc-bind-address': '127.0.0.1',
    'rpc-whitelist-enabled': false,
    'port-forwarding-enabled': false,
    encryption: encrypted ? 2 : 1,
    'utp-enabled': utpOnly ?? false,
    'dht-enabled': dht !== undefined,
    'lpd-enabled': lsd ?? false,
    'pex-enabled': true,
    ...(!address.includes(':') && { 'bind-address-ipv4': address }),
    'start-added-torrents': true,
    'trash-original-torrent-files': false,
    'cache-size-mb': 4,
  }
}
