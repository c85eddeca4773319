import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { readInPlace } from './read-in-place.ts'

/** A socket and its other side. */
async function pair(): Promise<{ near: Socket; far: Socket; close(): void }> {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const near = connect((server.address() as { port: number }).port, '127.0.0.1')
  await once(near, 'connect')
  const [far] = (await accepted) as [Socket]
  return { near, far, close: () => server.close() }
}

test('this Node.js reads in place: one buffer for everything, early bytes first, and the end is noticed', async () => {
  const { near, far, close } = await pair()
  near.write('early ')
  await once(far, 'readable')
  let text = ''
  const buffers = new Set<ArrayBufferLike>()
  const took = readInPlace(far, chunk => {
    text += Buffer.from(chunk).toString()
    buffers.add(chunk.buffer)
  })
  expect(took).toBe(true)
  expect(text).toBe('early ')
  buffers.clear()
  near.write('more ')
  near.write('x'.repeat(200_000))
  near.end()
  await once(far, 'close')
  expect(text).toBe(`early more ${'x'.repeat(200_000)}`)
  expect(buffers.size).toBe(1)
  close()
})

test('an unknown kind of socket is left alone', async () => {
  const { near, far, close } = await pair()
  expect(readInPlace({} as Socket, () => {})).toBe(false)
  near.destroy()
  far.destroy()
  close()
})
