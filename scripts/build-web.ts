// Builds the web app into web/dist when its sources are newer: `npm run build:web`, and before `npm start`.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const built = join(root, 'web/dist/index.html')
const force = process.argv.includes('--force')

if (force || newestSource() > timeOf(built)) await build()

/** Only types of src/ are in it, which leave no trace in what is built. */
function newestSource(): number {
  const sources = ['web/index.html', 'web/vite.config.ts', 'package-lock.json'].map(path =>
    timeOf(join(root, path)),
  )
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
}
