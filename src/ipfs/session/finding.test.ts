import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { TestBlocks } from '../test-blocks.ts'
import { sessionConfig } from './config.ts'
import { Finding, maxCounted } from './finding.ts'
import { SessionSources } from './session-sources.ts'
import { Wants } from './wants.ts'

test('names of those who were asked are kept up to a bound, however long it goes on', async () => {
  const world = new VirtualWorld(1)
  const config = sessionConfig.parse({})
  const finding = new Finding({
    world,
    config,
    root: await new TestBlocks().make(1, 100),
    wants: new Wants(),
    sources: new SessionSources(world, config),
    signal: new AbortController().signal,
    connected: () => [],
    sourceOf: () => undefined,
    onFound: () => undefined,
  })
  for (const name of ['a', 'b', 'a']) finding.met(name)
  expect(finding.asked).toBe(2)
  for (let i = 0; i < maxCounted + 10; i++) finding.met(`peer ${i}`)
  expect(finding.asked).toBe(maxCounted)
})
