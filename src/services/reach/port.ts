import { type ValueOperation, z } from '../../base/index.ts'
import type { PortReport } from './port-report.ts'
import type { Reach } from './reach.ts'

export const port: ValueOperation<Reach, Record<never, never>, PortReport> = {
  summary: 'Find out whether others can reach this peer; some are asked to try',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'port', example: 'peerage port' },
  run: (reach, _input, { signal }) => reach.port(signal),
}
