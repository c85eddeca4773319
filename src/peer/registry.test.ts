import { expect, test } from 'vitest'
import { type Operation, type RunningService, z } from '../base/index.ts'
import { type AccessCheck, OperationRegistry } from './registry.ts'

interface AddInput {
  a: number
  b: number
}

const add: Operation<{ base: number }, AddInput, number> = {
  summary: 'Add two numbers',
  input: z.object({ a: z.number().describe('First'), b: z.number().default(1) }),
  action: 'read',
  kind: 'value',
  command: { words: 'add', positional: ['a', 'b'], example: 'peerage add 1 2' },
  run: async ({ base }, { a, b }) => base + a + b,
}

const count: Operation<unknown, { to: number }, number> = {
  summary: 'Count',
  input: z.object({ to: z.number() }),
  action: 'write',
  kind: 'stream',
  command: { words: 'count', positional: ['to'], example: 'peerage count 3' },
  run: async function* (_, { to }) {
    for (let i = 1; i <= to; i++) yield i
  },
}

const service: RunningService = {
  name: 'math',
  operations: { add, count },
  state: { base: 100 },
  stop: async () => undefined,
}

const signal = new AbortController().signal
const allow: AccessCheck = () => ({ allowed: true, reason: '' })

function registry(check: AccessCheck = allow): OperationRegistry {
  const made = new OperationRegistry(check)
  made.register(service)
  return made
}

test('an operation runs with its state, checked input and defaults', async () => {
  expect(await registry().call('math.add', { a: 1 }, { signal })).toBe(102)
})

test('a stream gives its values', async () => {
  const values: unknown[] = []
  for await (const one of registry().call('math.count', { to: 3 }, { signal }) as AsyncIterable<unknown>)
    values.push(one)
  expect(values).toEqual([1, 2, 3])
})

test('wrong input is refused by the name of the field', async () => {
  await expect(registry().call('math.add', { a: 'x' }, { signal })).rejects.toMatchObject({
    code: 'usage.invalid',
    details: { field: 'a' },
  })
})

test('access is asked first, for streams too, and nothing runs without it', async () => {
  const asked: unknown[] = []
  const made = registry(query => {
    asked.push(query)
    return { allowed: false, reason: 'no.' }
  })
  const subject = { peer: '12D3' }
  await expect(made.call('math.add', { a: 'wrong' }, { signal, subject })).rejects.toMatchObject({
    code: 'access.denied',
  })
  const stream = made.call('math.count', { to: 3 }, { signal }) as AsyncIterable<unknown>
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'access.denied' })
  expect(asked).toEqual([
    { subject, action: 'read', resource: 'api:math' },
    { subject: 'owner', action: 'write', resource: 'api:math' },
  ])
})

test('an unknown operation is refused; a second registration is a mistake', () => {
  expect(() => registry().call('math.sub', {}, { signal })).toThrow(
    expect.objectContaining({ code: 'usage.invalid' }),
  )
  expect(() => registry().register(service)).toThrow(TypeError)
})

test('a cancelled call rethrows the reason', async () => {
  const reason = new Error('mine')
  await expect(registry().call('math.add', { a: 1 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  )
})

test('descriptions carry JSON Schemas', () => {
  expect(registry().describe()[0]).toMatchObject({
    name: 'math.add',
    kind: 'value',
    input: {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'number', description: 'First' }, b: { default: 1 } },
    },
  })
})
