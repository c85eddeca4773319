/**
 * Somebody who gives invites out, for being killed: prints the link of a new one (`KIND`: `contact`, `circle`; `none`: it only answers)
 * and its address, and stops for ever at `POINT`: `used`, after it is written that the invite is used and before anything is given;
 * `member`, after the circle has its new member; `nowhere`.
 */
import fs from 'node:fs'
import { Circles, Invites } from '../../src/access/index.ts'
import { createPeer } from '../../src/peer/index.ts'

const [home, kind, point, port] = process.argv.slice(2) as [string, string, string, string]

/** As if the machine stood still: nothing more is done, and nothing more is sent. */
function standStill(): never {
  fs.writeSync(1, 'still\n')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

if (point === 'used') {
  const take = Invites.prototype.take
  Invites.prototype.take = function (id, peer) {
    const taken = take.call(this, id, peer)
    return taken === undefined ? undefined : standStill()
  }
}
const set = {
  'network.port': Number(port),
  'network.mdns': false,
  'network.hosts': ['127.0.0.1'],
  'store.workers': 1,
}
const peer = await createPeer({ home, set })
if (kind === 'circle') await peer.circles.create({ name: 'family' })
if (kind !== 'none')
  for await (const update of peer.invites.invite(kind === 'circle' ? { circle: 'family' } : {}))
    if (update.phase === 'ready') fs.writeSync(1, `link ${update.link}\n`)
if (point === 'member') {
  const change = Circles.prototype.change
  Circles.prototype.change = function (...words) {
    change.apply(this, words)
    return standStill()
  }
}
fs.writeSync(1, `ready ${peer.addresses()[0]}\n`)
