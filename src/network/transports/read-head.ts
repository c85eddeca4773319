import type { Socket } from 'node:net'

/**
 * Reads the first bytes of a connection until `decide` has made up its mind, and pauses the socket. Undefined when the connection ended
 * before. Time-outs are the caller's: destroy the socket.
 */
export function readHead<T>(
  socket: Socket,
  decide: (head: Buffer) => T | undefined,
): Promise<{ readonly head: Buffer; readonly decision: T } | undefined> {
  return new Promise(resolve => {
    let head: Buffer = Buffer.alloc(0)
    const finish = (decision: T | undefined): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
      socket.pause()
      resolve(decision === undefined ? undefined : { head, decision })
    }
    const onClose = (): void => finish(undefined)
    const onData = (chunk: Buffer): void => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const decision = decide(head)
      if (decision !== undefined) finish(decision)
    }
    socket.on('data', onData)
    socket.once('close', onClose)
    socket.once('end', onClose)
  })
}
