import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { utf8 } from '../../base/index.ts'
import { GatewayFailure } from './failure.ts'
import { parseRedirects, redirect } from './redirects.ts'

export const fuzz: FuzzTarget = {
  name: 'redirects',
  seeds: ['/a/:b/* /c/:b/:splat?d=:b 301\n# more\n/* /index.html 200', '/x https://example.net/ 308'].map(
    utf8,
  ),
  run(input: Uint8Array): void {
    try {
      const found = redirect(parseRedirects(input), ['a', 'b', 'c'], 'd=e')
      if (found !== undefined && !/^(?:\/|https?:\/\/)/i.test(found.to))
        throw new Error(`leads to ${found.to}`)
    } catch (error) {
      if (!(error instanceof GatewayFailure)) throw error
    }
  },
}
