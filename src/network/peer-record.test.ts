import { expect, test } from 'vitest'
import { identityFromSeed } from '../access/index.ts'
import { fromHex, toHex, VirtualWorld } from '../base/index.ts'
import { decodeEnvelope, encodeEnvelope, peerRecordLimits } from '../wire/index.ts'
import { OwnRecord } from './own-record.ts'
import { fuzz } from './peer-record.fuzz.ts'
import { openPeerRecord, signPeerRecord } from './peer-record.ts'
import { PeerRecords } from './peer-records.ts'

const identity = identityFromSeed(new Uint8Array(32).fill(1))
const addresses = ['/ip4/203.0.113.7/tcp/4001', '/dns4/example.org/tcp/443']
const payload =
  '1a4f0a260024080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c1080d095ffbc31' +
  '1a0a0a0804cb007107060fa11a120a10360b6578616d706c652e6f72670601bb'
// Both sealed by @libp2p/peer-record 9.0.16: with the seed 01 (32 times), and the record of that peer with the seed 02.
const sealed = `0a24080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c12020301${payload}2a4085d215d3dad5da7d91da790f3f2cd061b271384c62144d7e0427eba65c78dd46bf67d195a59514c8e5256932aa8d2589d837f76df5519f3daf9a26fe3b2e200d`
const sealedByAnother = `0a24080112208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b39412020301${payload}2a40a57ace6b46458ca40ae6084f7597589fb0d03b6f608ebe1585fb64a93a7ca135533d8b76b52572e3c018a2640d272743cbd2e53d8763a72642a87e815284e701`
const invalid = expect.objectContaining({ code: 'statement.invalid' })

test('it is what libp2p seals and reads', () => {
  expect(openPeerRecord(fromHex(sealed))).toMatchObject({
    peer: identity.peerId,
    seq: 1_700_000_000_000,
    addresses,
  })
  const full = addresses.map(address => `${address}/p2p/${identity.peerId}`)
  expect(toHex(signPeerRecord(identity, { seq: 1_700_000_000_000, addresses: full }))).toBe(sealed)
})

test('RUSTSEC-2022-0009: a record that another key signed is refused', () => {
  expect(() => openPeerRecord(fromHex(sealedByAnother))).toThrow(invalid)
  const mine = decodeEnvelope(fromHex(sealed))
  const other = identityFromSeed(new Uint8Array(32).fill(2))
  expect(() => openPeerRecord(encodeEnvelope({ ...mine, publicKey: other.publicKey }))).toThrow(invalid)
})

test('what is changed, of another kind or too long is refused', () => {
  for (let at = 0; at < sealed.length / 2; at++) {
    const changed = fromHex(sealed)
    changed[at]! ^= 1
    expect(() => openPeerRecord(changed)).toThrow(invalid)
  }
  const mine = decodeEnvelope(fromHex(sealed))
  expect(() => openPeerRecord(encodeEnvelope({ ...mine, payloadType: Uint8Array.of(3, 2) }))).toThrow(invalid)
  expect(() => openPeerRecord(new Uint8Array(peerRecordLimits.envelope + 1))).toThrow(invalid)
  for (const seed of fuzz.seeds) fuzz.run(seed)
})

test('an older record does not replace a newer one, and only so many are kept', () => {
  const records = new PeerRecords(2)
  const made = (seed: number, seq: number): Uint8Array =>
    signPeerRecord(identityFromSeed(new Uint8Array(32).fill(seed)), {
      seq,
      addresses: [`/ip4/10.0.0.1/tcp/${seq}`],
    })
  expect(records.take(made(1, 5)).seq).toBe(5)
  expect(records.take(made(1, 4)).addresses).toEqual(['/ip4/10.0.0.1/tcp/5'])
  expect(records.take(made(1, 6)).seq).toBe(6)
  records.take(made(2, 1))
  records.take(made(3, 1))
  expect(records.size).toBe(2)
  expect(records.get(identity.peerId)).toBeUndefined()
})

test('our own names for each way what is of use there, and rises when we move', () => {
  const world = new VirtualWorld(1)
  let own = ['/ip4/203.0.113.7/tcp/4001', '/ip4/192.168.1.7/tcp/4001', '/ip4/127.0.0.1/tcp/4001']
  const record = new OwnRecord(identity, world, () => own)
  expect(openPeerRecord(record.for('loopback')).addresses).toEqual(own)
  expect(openPeerRecord(record.for('direct')).addresses).toEqual(own.slice(0, 2))
  const { seq } = openPeerRecord(record.for('direct'))
  expect(record.for('direct')).toBe(record.for('direct'))
  own = own.slice(1)
  expect(openPeerRecord(record.for('direct')).seq).toBeGreaterThan(seq)
})
