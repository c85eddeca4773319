import {
  type Operation,
  PeerageError,
  type ResultKind,
  type RunningService,
  systemWorld,
  z,
} from '../../src/base/index.ts'
import type { HostedPeer, PeerFactory } from '../../src/daemon/index.ts'
import { EventStream } from '../../src/peer/index.ts'

/** What happens to the operations of a fake peer, for tests to look at and to steer. */
export interface FakeState {
  /** Signals of `wait` and `forever` calls, in order. */
  readonly signals: AbortSignal[]
  stopped: boolean
  offline: boolean
}

const base = { action: 'read', command: { words: '', example: '' } } as const

function operation<In>(
  words: string,
  kind: ResultKind,
  input: z.ZodType<In>,
  run: Operation<FakeState, In, unknown>['run'],
  positional: readonly string[] = [],
): Operation<FakeState, In, unknown> {
  return {
    ...base,
    summary: `The ${words} of tests`,
    kind,
    input,
    run,
    command: { words, positional, example: `peerage ${words}` },
  }
}

const untilAborted = (state: FakeState, signal: AbortSignal): Promise<never> => {
  state.signals.push(signal)
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

const whole = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)

const operations: RunningService['operations'] = {
  echo: operation(
    'echo',
    'value',
    z.object({ text: z.string().describe('Text') }),
    async (_, input) => input,
    ['text'],
  ),
  fail: operation('fail', 'value', z.object({}), async () => {
    throw new PeerageError('store.exists', 'a.txt stands there.', { details: { path: 'a.txt' } })
  }),
  crash: operation('crash', 'value', z.object({}), async () => {
    throw new Error('a secret inside')
  }),
  wait: operation('wait', 'value', z.object({}), (state, _, { signal }) => untilAborted(state, signal)),
  count: operation(
    'count',
    'stream',
    z.object({ to: z.number().max(1e6), fail: z.boolean().default(false) }),
    async function* (_, input) {
      for (let i = 1; i <= input.to; i++) yield { bytes: i, totalBytes: input.to }
      if (input.fail) throw new PeerageError('store.disk-full')
    },
  ),
  forever: operation('forever', 'stream', z.object({}), async function* (state, _, { signal }) {
    yield 1
    yield await untilAborted(state, signal)
  }),
  bytes: operation(
    'bytes',
    'bytes',
    z.object({ offset: z.number().default(0), length: z.number().optional() }),
    async function* (_, { offset, length = whole.length - offset }) {
      const part = whole.subarray(offset, offset + length)
      yield { totalBytes: whole.length, offset, length: part.length }
      for (let at = 0; at < part.length; at += 300) yield part.subarray(at, at + 300)
    },
  ),
}

/** The bytes that `fake.bytes` serves. */
export const fakeBytes: Uint8Array = whole

export const fakePeerId = '12D3KooWFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake'

/** A peer that has no network and no store, only the operations above. */
export function fakePeer(state: FakeState): HostedPeer {
  const service: RunningService = {
    name: 'fake',
    operations,
    state,
    stop: async () => undefined,
  }
  return {
    peerId: fakePeerId,
    services: [service],
    events: new EventStream(systemWorld),
    addresses: () => (state.offline ? [] : ['/ip4/127.0.0.1/tcp/4001']),
    connections: () => [],
    stop: async () => {
      state.stopped = true
    },
  }
}

export function fakeState(): FakeState {
  return { signals: [], stopped: false, offline: false }
}

/** A factory for daemons, and the state of the peer that it makes. */
export function fakeFactory(state: FakeState = fakeState()): PeerFactory {
  return async ({ offline }) => {
    state.offline = offline
    return fakePeer(state)
  }
}
