import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Builds the web app when its sources are newer, once before all tests. */
export function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/build-web.ts')], {
    stdio: 'inherit',
  })
}
