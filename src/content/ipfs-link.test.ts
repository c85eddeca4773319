import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { looksLikeIpfs, maxIpfsPath } from './ipfs-link.ts'
import { formatLink, parseLink } from './link.ts'

const v0 = 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'
const v1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const key = 'k51qzi5uqu5dgkmm1afrkmex5mzpu5r774jstpxjmro6mdsaullur27nfxle1q'

describe('a place in IPFS', () => {
  test.each([
    [v0, 'ipfs', v0, []],
    [v1, 'ipfs', v1, []],
    [`${v1}/a b/c`, 'ipfs', v1, ['a b', 'c']],
    [`${key}/a`, 'ipns', key, ['a']],
    [CID.parse(v1).toV1().toString(), 'ipfs', v1, []],
    [`ipfs://${v1}`, 'ipfs', v1, []],
    [`ipfs://${v1}/`, 'ipfs', v1, []],
    [`ipfs://${v0}/a%20b/c?filename=x#y`, 'ipfs', v0, ['a b', 'c']],
    [`IPFS://${v1}/a`, 'ipfs', v1, ['a']],
    [`/ipfs/${v1}/100%/b c`, 'ipfs', v1, ['100%', 'b c']],
    [`https://ipfs.io/ipfs/${v0}/wiki/a%20b.html?x=1`, 'ipfs', v0, ['wiki', 'a b.html']],
    [`http://${v1}.ipfs.localhost:8080/a/`, 'ipfs', v1, ['a']],
    [`http://127.0.0.1:8080/ipfs/${v1}`, 'ipfs', v1, []],
    [key, 'ipns', key, []],
    [`ipns://${key}/a`, 'ipns', key, ['a']],
    ['ipns://docs.ipfs.tech/a', 'ipns', 'docs.ipfs.tech', ['a']],
    ['/ipns/Docs.ipfs.tech', 'ipns', 'docs.ipfs.tech', []],
    ['https://en-wikipedia--on--ipfs-org.ipns.dweb.link/wiki/', 'ipns', 'en.wikipedia-on-ipfs.org', ['wiki']],
    [`https://${key}.ipns.dweb.link/`, 'ipns', key, []],
    ['https://ipfs.io/ipns/docs.ipfs.tech/a', 'ipns', 'docs.ipfs.tech', ['a']],
  ])('is read from %s', (text, kind, root, path) => {
    expect(looksLikeIpfs(text)).toBe(true)
    const link = parseLink(text)
    expect([link.kind, link.cid ?? link.ipnsName, link.path ?? []]).toEqual([kind, root, path])
    expect(parseLink(formatLink(link))).toEqual(link)
  })

  // As `ipfs cid format -b BASE` of Kubo prints it.
  test.each([
    [
      'base2',
      '0000000010101010100010010001000000101111111101100111010110110011011111111110010000110111100111000110110010101001001111000011011000110110101101001011011000111100111000010110110111100001000111001110111010100111010010001101101000110011100101001110101110011101000100111111110110101011111101001',
    ],
    ['base32upper', 'BAFKREIC75TVWN76IN44NSUTYNRWWS3DZYLN4EOO5J2I3IZZJ245CP62X5E'],
    ['base32pad', 'cafkreic75tvwn76in44nsutynrwws3dzyln4eoo5j2i3izzj245cp62x5e======'],
    ['base32padupper', 'CAFKREIC75TVWN76IN44NSUTYNRWWS3DZYLN4EOO5J2I3IZZJ245CP62X5E======'],
    ['base16', 'f015512205feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9'],
    ['base16upper', 'F015512205FECEB66FFC86F38D952786C6D696C79C2DBC239DD4E91B46729D73A27FB57E9'],
    ['base36', 'k2cwueb1h2vtiacm6t78w1adiuyqwwxwpsu7vlg3oodqvi5v04iqpkvd'],
    ['base36upper', 'K2CWUEB1H2VTIACM6T78W1ADIUYQWWXWPSU7VLG3OODQVI5V04IQPKVD'],
    ['base64', 'mAVUSIF/s62b/yG842VJ4bG1pbHnC28I53U6RtGcp1zon+1fp'],
    ['base64pad', 'MAVUSIF/s62b/yG842VJ4bG1pbHnC28I53U6RtGcp1zon+1fp'],
    ['base32hexpad', 't05ah482vtjlmdvu8dssdikjodhmmir3pobds4eet9q8r8pp9qst2fuqnt4======'],
    ['base32hexpadupper', 'T05AH482VTJLMDVU8DSSDIKJODHMMIR3POBDS4EET9Q8R8PP9QST2FUQNT4======'],
    ['base64url', 'uAVUSIF_s62b_yG842VJ4bG1pbHnC28I53U6RtGcp1zon-1fp'],
    ['base64urlpad', 'UAVUSIF_s62b_yG842VJ4bG1pbHnC28I53U6RtGcp1zon-1fp'],
    ['base32hex', 'v05ah482vtjlmdvu8dssdikjodhmmir3pobds4eet9q8r8pp9qst2fuqnt4'],
    ['base32hexupper', 'V05AH482VTJLMDVU8DSSDIKJODHMMIR3POBDS4EET9Q8R8PP9QST2FUQNT4'],
    ['base58btc', 'zb2rhd6jTUt94FLVLjrCJ6Wy3NMDxm2sDuwArDfuDaNeHGRi8'],
    ['base58flickr', 'ZA2RGC6JstT94fkukJRci6vY3nmdXL2SdUWaRdEUdznDhgqH8'],
    ['base256emoji', '🚀🪐👀💻😅🥳📍💌😚🥂🌚😓💞🍒❣😣🍀🌷🌟🍀🏃➡🤑➡✌🤯👇😤🚨😝🤔🧐✨💙🍊😑💣'],
  ])('is read from its text in %s', (_base, text) => {
    const cid = 'bafkreic75tvwn76in44nsutynrwws3dzyln4eoo5j2i3izzj245cp62x5e'
    expect([looksLikeIpfs(text), parseLink(text).cid]).toEqual([true, cid])
    // A slash of base 64 is none of a path, nor has Kubo a way to write that.
    if (text.includes('/')) return
    for (const place of [`${text}/a b`, `/ipfs/${text}/a b`, `ipfs://${text}/a%20b`]) {
      expect(looksLikeIpfs(place)).toBe(true)
      expect(parseLink(place)).toMatchObject({ cid, path: ['a b'] })
    }
  })

  test.each([
    `ipfs://${v1.slice(0, -1)}`,
    `/ipfs/${v0.slice(1)}`,
    `ipfs://${v1}/../a`,
    `${v1}/../a`,
    `ipfs://${v1}/a//b`,
    `ipfs://${v1}/%2e%2e/a`,
    `ipfs://${v1}/a%2fb`,
    `ipfs://${v1}/a%00`,
    `ipfs://${v1}/%`,
    `https://ipfs.io/ipfs/${v1}/a%2fb`,
    `/ipfs/${v1}/${'a/'.repeat(maxIpfsPath.names + 1)}`,
    `/ipfs/${v1}/${'a'.repeat(maxIpfsPath.nameBytes + 1)}`,
    'ipns://localhost/a',
    'ipfs://',
    'https://example.com/',
  ])('is refused: %s', text => {
    expect(() => parseLink(text)).toThrow(PeerageError)
  })

  test('what is none is left to others', () => {
    for (const text of [
      'anna/Summer',
      'a.torrent',
      '/home/a/ipfs/b',
      'bag',
      'Qm',
      `f01${'5'.repeat(37)}`,
      `f01${'5'.repeat(61)}`,
      `A${'n'.repeat(60)}/Summer`,
      'https://example.com/ipfs',
    ])
      expect(looksLikeIpfs(text)).toBe(false)
  })

  test('whatever is written reads the same', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter(text => text.isWellFormed() && !/[/\0]/.test(text) && text !== '.' && text !== '..')
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(hash, fc.array(name, { minLength: 1, maxLength: 5 }), (digest, path) => {
        const cid = CID.createV1(0x55, Digest.create(0x12, digest)).toString()
        const link = { kind: 'ipfs', cid, path, peers: [], trackers: [], webSeeds: [] } as const
        expect(parseLink(formatLink(link))).toEqual(link)
      }),
    )
  })

  test('a magnet link may name nothing else', () => {
    const link = parseLink(`magnet:?xt=urn:ipfs:${v0}&dn=a`)
    expect(link).toEqual({ kind: 'magnet', cid: v0, name: 'a', peers: [], trackers: [], webSeeds: [] })
    expect(parseLink(formatLink(link))).toEqual(link)
    expect(() => parseLink(`magnet:?xt=urn:ipfs:${v0}&xt=urn:ipfs:${v1}`)).toThrow('two contents of IPFS')
  })
})
