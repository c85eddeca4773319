// Bundles the program when something that it is made of changed: `npm run build:program`, and before `npm start`. Nearly two thousand files
// take half a second longer to load than a few. With `--package`: into dist/program, for `npm pack`.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Rolldown } from 'vite'
import { type Input, inputsOf, isFresh, readBuilt } from './built-program.ts'

const root = join(import.meta.dirname, '..')
const ownFiles = ['scripts/build-program.ts', 'scripts/licences.ts']
const before = readBuilt(root)

if (process.argv.includes('--package')) await build(fresh => replace(fresh, 'program'))
else if (before === undefined || !isFresh(root, before)) await build(keep)

/** An installation without development dependencies runs the sources as they are. */
async function build(keep: (fresh: string, inputs: readonly Input[]) => void): Promise<void> {
  const vite = await import('vite').catch(() => undefined)
  if (vite === undefined) return
  const { licences } = await import('./licences.ts')
  const beganAt = Date.now()
  const fresh = join(root, `dist/program-${process.pid}`)
  const sources = new Set<string>()
  console.error('Bundling the program ...')
  await vite.build({
    configFile: false,
    root,
    logLevel: 'warn',
    plugins: [licences(), { name: 'sources', generateBundle: (_options, bundle) => note(bundle, sources) }],
    // Binaries are looked for beside the file that asks for them.
    ssr: { noExternal: true, external: ['koffi', 'udx-native'] },
    build: {
      ssr: true,
      outDir: fresh,
      target: 'node24',
      minify: false,
      copyPublicDir: false,
      rolldownOptions: {
        input: {
          main: join(root, 'src/cli/main.ts'),
          'worker/io-worker': join(root, 'src/store/worker/io-worker.ts'),
        },
        // The same names each time, so that what Node.js keeps of compiled code is replaced and does not grow.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
        onwarn: (warning, warn) => warning.code !== 'PLUGIN_TIMINGS' && warn(warning),
      },
    },
  })
  const recipe = ['package-lock.json', 'node_modules/.package-lock.json', ...ownFiles]
  const inputs = inputsOf(root, [...sources, ...recipe.filter(path => existsSync(join(root, path)))])
  if (inputs.every(([, , time]) => time < beganAt)) return keep(fresh, inputs)
  rmSync(fresh, { recursive: true })
  console.error('The sources changed while they were bundled, so they are run as they are.')
}

/** Which of our own files went into it. */
function note(bundle: Rolldown.OutputBundle, sources: Set<string>): void {
  const own = join(root, 'src', sep)
  for (const chunk of Object.values(bundle))
    for (const id of chunk.type === 'chunk' ? chunk.moduleIds : [])
      if (id.startsWith(own)) sources.add(relative(root, id))
}

/** A program that runs may load more of the one before: that stays, and the one before it makes room. */
function keep(fresh: string, inputs: readonly Input[]): void {
  const folder = readBuilt(root)?.folder === 'program-a' ? 'program-b' : 'program-a'
  replace(fresh, folder)
  const told = join(root, `dist/program-${process.pid}.json`)
  writeFileSync(told, JSON.stringify({ folder, inputs }))
  renameSync(told, join(root, 'dist/program.json'))
}

function replace(fresh: string, folder: string): void {
  const place = join(root, 'dist', folder)
  rmSync(place, { recursive: true, force: true })
  renameSync(fresh, place)
}
