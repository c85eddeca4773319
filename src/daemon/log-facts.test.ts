import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { EventStream } from '../peer/index.ts'
import { openLog } from './log.ts'
import { logFacts } from './log-facts.ts'

test('the log says who misbehaved how, and what went wrong, until it is told to stop', async () => {
  const home = mkdtempSync(join(tmpdir(), 'peerage-log-facts-'))
  const { log, close } = openLog(home, {
    logLevel: 'info',
    maxLogBytes: 1e6,
    keptLogs: 1,
    shownLogEntries: 100,
  })
  const events = new EventStream(new VirtualWorld(1))
  const stop = logFacts(events, log)
  const refused = {
    type: 'gossip.refused',
    peer: 'p',
    code: 'statement.invalid',
    message: 'It is forged.',
  } as const
  const misbehaved = { type: 'peer.misbehaved', peer: 'p', infoHash: 'ab', what: 'It lies.' } as const
  events.emit(refused)
  events.emit(misbehaved)
  events.emit({ type: 'error.occurred', code: 'store.io', message: 'No disk.' })
  events.emit({ type: 'peer.stopped' })
  await new Promise(resolve => setImmediate(resolve))
  stop()
  events.emit(misbehaved)
  await new Promise(resolve => setImmediate(resolve))
  close()
  const lines = readFileSync(join(home, 'log/peerage.log'), 'utf8').trim().split('\n')
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    { level: 40, peer: 'p', code: 'statement.invalid', what: 'It is forged.', msg: 'gossip refused' },
    { level: 40, peer: 'p', infoHash: 'ab', what: 'It lies.', msg: 'peer misbehaved' },
    { level: 50, code: 'store.io', what: 'No disk.', msg: 'error' },
  ])
})
