// One TCP connection that is always full: `tcp-flow.ts receive ADDRESS` prints its port, and for each line of its input how many bytes
// have come; `tcp-flow.ts send ADDRESS PORT` sends until it is ended.
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [verb, address = '', port] = process.argv.slice(2)
if (verb === 'receive') receive()
else send()

function receive(): void {
  let bytes = 0
  const server = createServer(socket => socket.on('data', chunk => (bytes += chunk.length)))
  server.listen(0, address, () => {
    const at = server.address()
    console.log(typeof at === 'object' ? at?.port : '')
  })
  const lines = createInterface({ input: process.stdin })
  lines.on('line', () => console.log(bytes))
  lines.on('close', () => process.exit())
}

function send(): void {
  const socket = connect(Number(port), address)
  const chunk = Buffer.alloc(65_536)
  const more = (): void => {
    while (socket.write(chunk));
  }
  socket.on('connect', more).on('drain', more)
}
