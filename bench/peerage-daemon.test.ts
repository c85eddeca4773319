import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startPeerage } from './peerage-daemon.ts'

// An error that nobody waits for fails the whole suite: so it did in the lab, when a daemon ended before the stream.
test('a stream that is left early hangs up, and the end of the daemon is nobody’s error', async () => {
  const root = await mkdtemp(join(tmpdir(), 'peerage-daemon-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await writeFile(join(root, 'file'), 'a few bytes')
  await using daemon = await startPeerage(join(root, 'home'), { set: { 'bittorrent.enabled': false } })
  for await (const value of daemon.stream('invites.send', { paths: [join(root, 'file')] })) {
    expect(value).toHaveProperty('phase')
    break
  }
  await daemon.kill('SIGKILL')
  await pause(0)
})

test('what a daemon survived, but should not have had to, is told when it ends', async () => {
  const root = await mkdtemp(join(tmpdir(), 'peerage-daemon-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const daemon = await startPeerage(root, { set: { 'bittorrent.enabled': false } })
  await appendFile(join(root, 'log', 'peerage.log'), '{"level":50,"room":"daemon","msg":"stray rejection"}\n')
  await expect(daemon.kill()).rejects.toThrow('stray rejection')
})
