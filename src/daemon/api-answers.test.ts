import fastify from 'fastify'
import { expect, test } from 'vitest'
import { answerValue } from './api-answers.ts'

test.each([0, 2000, 2001, 4000, 60_000])('a list of %i rows arrives as it is', async count => {
  const rows = Array.from({ length: count }, (_, index) => ({ index, path: `"${index}"`, left: null }))
  await using app = fastify()
  app.get('/', (_, reply) => answerValue(reply, rows))
  const { headers, body } = await app.inject('/')
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(JSON.parse(body)).toEqual(rows)
})

test('others get their turn while a long list is sent', async () => {
  await using app = fastify()
  app.get('/', (_, reply) => answerValue(reply, new Array(60_000).fill('row')))
  let turns = 0
  let isDone = false
  const turn = (): void => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  turn()
  await app.inject('/')
  isDone = true
  expect(turns).toBeGreaterThan(25)
})
