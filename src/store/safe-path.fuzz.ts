import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { foldName, safePaths } from './safe-path.ts'

/** Input: paths separated by newlines, names by tabs; the first byte chooses the rules. */
export const fuzz: FuzzTarget = {
  name: 'safe-path',
  seeds: [
    utf8('0a\tb.txt\na\tB.txt\nCON\tx'),
    utf8('1..\t..\tetc\tpasswd'),
    utf8('0caf\u00e9\ncafe\u0301\nx\nx.part\ninvoice\u202efdp.exe'),
    utf8(`0${'n'.repeat(300)}.tar.gz\nC:\\x\nlpt1.log`),
  ],
  run(input) {
    const text = fromUtf8(input)
    if (text === undefined) return
    const exact = text.startsWith('1')
    const files = text
      .slice(1)
      .split('\n')
      .slice(0, 1000)
      .map(line => line.split('\t'))
    try {
      check(files, exact)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}

function check(files: string[][], exact: boolean): void {
  const layout = safePaths(files, { exact })
  const all = files.flatMap((_, i) => [layout.paths[i]!, layout.partPath(i)])
  const keys = new Set(all.map(path => (exact ? path : foldName(path))))
  if (keys.size !== all.length) throw new Error('two files share a path')
  for (const path of all)
    for (const name of path.split('/'))
      if (name === '' || name === '.' || name === '..' || utf8(name).length > 255)
        throw new Error(`unsafe component in ${JSON.stringify(path)}`)
}
