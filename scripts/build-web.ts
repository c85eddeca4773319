// Builds the web app into web/dist when its sources are newer: `npm run build:web`, and before `npm start`.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const built = join(root, 'web/dist/index.html')
const force = process.argv.includes('--force')

if (force || newestSource() > timeOf(built)) await build()

/** Only types of src/ are in it, which leave no trace in what is built. */
function newestSource(): number {
  const sources = [
    'web/index.html',
    'web/vite.config.ts',
    'scripts/build-web.ts',
    'scripts/licences.ts',
    'package-lock.json',
  ].map(path => timeOf(join(root, path)))
  for (const folder of ['web/src', 'web/public'])
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      sources.push(timeOf(join(entry.parentPath, entry.name)))
  return Math.max(...sources)
}

function timeOf(path: string): number {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

/** An installation without development dependencies goes on without the page, which then says what to do. */
async function build(): Promise<void> {
  const vite = await import('vite').catch(() => undefined)
  if (vite === undefined) {
    console.error(
      'The web app is not built: Vite is missing. Run `npm install` with development dependencies.',
    )
    return
  }
  // Tests have their own, with which React would be built for development.
  process.env.NODE_ENV = 'production'
  console.error('Building the web app ...')
  await vite.build({ configFile: join(root, 'web/vite.config.ts'), logLevel: 'warn' })
  compress(join(root, 'web/dist'))
}

/** Once and as small as it gets, so that no daemon does it while somebody waits for the page. */
function compress(folder: string): void {
  for (const { parentPath, name } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!/\.(html|js|css|json|svg)$/.test(name)) continue
    const path = join(parentPath, name)
    const plain = readFileSync(path)
    writeFileSync(`${path}.br`, brotliCompressSync(plain))
    writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }))
  }
}
