import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { fromHex, toHex, utf8 } from '../../base/index.ts'
import { fuzz as igd } from './igd.fuzz.ts'
import { decodeAnswer, encodeCall, servicesOf } from './igd.ts'
import { fuzz as natPmp } from './nat-pmp.fuzz.ts'
import { decodeNatPmpAnswer, encodeNatPmpMap, natPmpAddressRequest, natPmpProblem } from './nat-pmp.ts'
import { fuzz as pcp } from './pcp.fuzz.ts'
import { decodePcpAnswer, encodePcpAnnounce, encodePcpMap, pcpProblem } from './pcp.ts'
import { fuzz as ssdp } from './ssdp.fuzz.ts'
import { decodeSearchAnswer, encodeSearch } from './ssdp.ts'
import { elementsNamed, parseXml, xmlLimits } from './xml.ts'

const invalid = expect.objectContaining({ code: 'wire.invalid' })

test.each([pcp, natPmp, ssdp, igd])(
  'whatever comes is understood or refused: $name',
  (target: FuzzTarget) => {
    for (const seed of target.seeds) target.run(seed)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), bytes => target.run(bytes)))
    const changed = fc
      .tuple(fc.constantFrom(...target.seeds), fc.nat(), fc.nat(255))
      .map(([seed, at, byte]) => seed.with(at % seed.length, byte))
    fc.assert(fc.property(changed, bytes => target.run(bytes)))
  },
)

describe('PCP', () => {
  const request = {
    nonce: fromHex('0102030405060708090a0b0c')!,
    protocol: 'tcp',
    client: '192.168.1.7',
    internalPort: 4001,
    externalPort: 4002,
    lifetimeSeconds: 3600,
  } as const

  it('asks as RFC 6887, sections 7.1 and 11.1, say', () => {
    expect(toHex(encodePcpMap(request))).toBe(
      '02010000' +
        '00000e10' +
        '00000000000000000000ffffc0a80107' +
        '0102030405060708090a0b0c' +
        '06000000' +
        '0fa10fa2' +
        '00000000000000000000ffff00000000',
    )
    expect(toHex(encodePcpAnnounce('2001:db8::1'))).toBe(
      '0200000000000000' + '20010db8000000000000000000000001',
    )
    expect(toHex(encodePcpMap({ ...request, client: '2001:db8::1' })).slice(-32)).toBe('0'.repeat(32))
  })

  const header = `0281000000000e1000000009${'0'.repeat(24)}`
  const mapped = '0102030405060708090a0b0c' + '06000000' + '0fa10fa3' + '00000000000000000000ffffcb007107'

  it('understands answers', () => {
    expect(decodePcpAnswer(fromHex(header + mapped)!)).toEqual({
      kind: 'map',
      result: 0,
      lifetimeSeconds: 3600,
      epoch: 9,
      nonce: request.nonce,
      protocol: 6,
      internalPort: 4001,
      externalPort: 4003,
      externalAddress: '203.0.113.7',
    })
    expect(decodePcpAnswer(fromHex(`0280000200000000${header.slice(16)}`)!)).toEqual({
      kind: 'announce',
      result: 2,
      lifetimeSeconds: 0,
      epoch: 9,
    })
    // A router that knows only NAT-PMP: RFC 6886 section 9.
    expect(decodePcpAnswer(fromHex('0080000100000009')!)).toEqual({ kind: 'other' })
    expect(pcpProblem(2)).toContain('does not allow')
    expect(pcpProblem(99)).toContain('99')
  })

  it.each([
    ['nothing', ''],
    ['a question', `0201${header.slice(4)}${mapped}`],
    ['another opcode', `0282${header.slice(4)}${mapped}`],
    ['an answer that breaks off', header + mapped.slice(0, -8)],
    ['a length that is none', `${header + mapped}00`],
    ['more than a message may have', header + mapped + '0'.repeat(2_200)],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodePcpAnswer(fromHex(hex)!)).toThrow(invalid)
  })
})

describe('NAT-PMP', () => {
  it('asks as RFC 6886, sections 3.2 to 3.4, say', () => {
    const wish = { protocol: 'udp', internalPort: 4001, externalPort: 4002, lifetimeSeconds: 3600 } as const
    expect(toHex(natPmpAddressRequest)).toBe('0000')
    expect(toHex(encodeNatPmpMap(wish))).toBe('00010000' + '0fa10fa2' + '00000e10')
    expect(toHex(encodeNatPmpMap({ ...wish, protocol: 'tcp', lifetimeSeconds: 0 }))).toBe(
      '00020000' + '0fa10000' + '00000000',
    )
  })

  it('understands answers', () => {
    const head = { result: 0, epoch: 9 }
    expect(decodeNatPmpAnswer(fromHex('0080000000000009cb007107')!)).toEqual({
      kind: 'address',
      ...head,
      externalAddress: '203.0.113.7',
    })
    expect(decodeNatPmpAnswer(fromHex('00820000000000090fa10fa300000e10')!)).toEqual({
      kind: 'tcp',
      ...head,
      internalPort: 4001,
      externalPort: 4003,
      lifetimeSeconds: 3600,
    })
    expect(decodeNatPmpAnswer(fromHex('0080000300000009')!)).toMatchObject({ result: 3, externalAddress: '' })
    expect(natPmpProblem(3)).toContain('no connection')
    expect(natPmpProblem(77)).toContain('77')
  })

  it.each([
    '',
    '0080000000000009',
    '0180000000000009cb007107',
    '00000000',
    '0083000000000009cb007107',
    '0082000000000009cb007107',
  ])('refuses %j', hex => {
    expect(() => decodeNatPmpAnswer(fromHex(hex)!)).toThrow(invalid)
  })
})

describe('SSDP', () => {
  const answer = (changes: Readonly<Record<string, string>> = {}): Uint8Array => {
    const headers = {
      ST: 'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
      Location: 'http://192.168.1.1:5000/rootDesc.xml',
      ...changes,
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    return utf8(['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n'))
  }

  it('asks with the headers that devices want', () => {
    expect(new TextDecoder().decode(encodeSearch('x', 1))).toBe(
      'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: x\r\n\r\n',
    )
  })

  it('takes the location from the router itself', () => {
    expect(decodeSearchAnswer(answer(), '192.168.1.1').href).toBe('http://192.168.1.1:5000/rootDesc.xml')
  })

  it.each([
    ['another host', answer({ Location: 'http://192.168.1.66/x' })],
    ['a name', answer({ Location: 'http://router.example/x' })],
    ['another scheme', answer({ Location: 'file://192.168.1.1/etc/passwd' })],
    ['nowhere', answer({ Location: '' })],
    ['a printer', answer({ ST: 'urn:schemas-upnp-org:device:Printer:1' })],
    ['too much', answer({ X: 'x'.repeat(3_000) })],
    ['an error', utf8('HTTP/1.1 404 Not Found\r\n\r\n')],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeSearchAnswer(bytes, '192.168.1.1')).toThrow(invalid)
  })
})

describe('XML of routers', () => {
  it('is read without prefixes, with entities, comments and CDATA', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?><!-- a -->\n<s:a x=\'1\'><b>1 &lt; &#50;&#x21;</b><c/><b><![CDATA[<&>]]></b></s:a>\n',
    )
    expect(root.name).toBe('a')
    expect(elementsNamed(root, 'b').map(({ text }) => text)).toEqual(['1 < 2!', '<&>'])
    expect(elementsNamed(root, 'c')).toEqual([{ name: 'c', text: '', children: [] }])
  })

  it.each([
    ['nothing', ''],
    ['text only', 'hello'],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an ampersand alone', '<a>a & b</a>'],
    ['a number that is no sign', '<a>&#x110000;</a>'],
    ['two roots', '<a/><b/>'],
    ['text outside', '<a/>b'],
    ['what is not closed', '<a><b></a>'],
    ['what was not opened', '</a>'],
    ['what breaks off', '<a><b'],
    ['a comment that does not end', '<a><!-- </a>'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseXml(text)).toThrow(invalid)
  })

  it.each([
    ['too long', `<a>${' '.repeat(xmlLimits.maxLength)}</a>`],
    ['too deep', '<a>'.repeat(xmlLimits.maxDepth + 1)],
    ['of too many elements', `<a>${'<b/>'.repeat(xmlLimits.maxElements)}</a>`],
  ])('refuses what is %s', (_what, text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'wire.limit' }))
  })

  it('is refused soon, whatever it is made of', () => {
    for (const part of [
      '<',
      '<a',
      '<a ',
      '<!--',
      '<a b="c" ',
      '<a b="',
      '&',
      '<![CDATA[',
      '<?',
      '<a>',
      ' ',
      "<a:b c:d='e' ",
    ]) {
      const began = process.cpuUsage().user
      try {
        parseXml(part.repeat(xmlLimits.maxLength / part.length))
      } catch {
        // That it ends is what counts.
      }
      expect(process.cpuUsage().user - began).toBeLessThan(200_000)
    }
  })
})

describe('descriptions and answers of an IGD', () => {
  const location = new URL('http://192.168.1.1:5000/rootDesc.xml')
  const type = 'urn:schemas-upnp-org:service:WANIPConnection:1'
  const service = (control: string, of: string = type): string =>
    `<service><serviceType>${of}</serviceType><controlURL>${control}</controlURL></service>`
  const root = (...inner: string[]): string =>
    `<root xmlns="urn:schemas-upnp-org:device-1-0"><device>${inner.join('')}</device></root>`

  it('names what opens ports, at the router only', () => {
    const description = root(
      service('/layer3', 'urn:schemas-upnp-org:service:Layer3Forwarding:1'),
      service('/ctl/IPConn'),
      service('http://192.168.1.66/evil'),
      service('javascript:1'),
      service(''),
      service('ppp', 'urn:schemas-upnp-org:service:WANPPPConnection:1'),
    )
    expect(servicesOf(description, location).map(({ control }) => control.href)).toEqual([
      'http://192.168.1.1:5000/ctl/IPConn',
      'http://192.168.1.1:5000/ppp',
    ])
    expect(servicesOf(root(...Array.from({ length: 9 }, () => service('/x'))), location)).toHaveLength(4)
    const based = `<root><URLBase>http://192.168.1.1:80/b/</URLBase>${root(service('x'))}</root>`
    expect(servicesOf(based, location)[0]?.control.href).toBe('http://192.168.1.1/b/x')
    const evil = `<root><URLBase>http://203.0.113.7/</URLBase>${root(service('x'))}</root>`
    expect(servicesOf(evil, location)).toEqual([])
  })

  it('gives what was asked for, or why not', () => {
    const answer = encodeCall(type, 'GetExternalIPAddressResponse', {
      NewExternalIPAddress: '203.0.113.7',
      other: 1,
    })
    expect(decodeAnswer(answer, 'GetExternalIPAddress')).toEqual({
      given: { NewExternalIPAddress: '203.0.113.7' },
    })
    const fault = (code: string): string => `<a><UPnPError><errorCode>${code}</errorCode></UPnPError></a>`
    expect(decodeAnswer(fault('718'), 'x')).toEqual({
      code: 718,
      problem: expect.stringContaining('another machine'),
    })
    expect(decodeAnswer(fault('811'), 'x')).toEqual({ code: 811, problem: expect.stringContaining('811') })
    for (const wrong of [fault('x'), '<a/>', encodeCall(type, 'xResponse', { NewA: 'a'.repeat(300) })])
      expect(() => decodeAnswer(wrong, 'x')).toThrow(invalid)
  })

  it('is asked without a way to put in markup', () => {
    expect(encodeCall(type, 'x', { NewA: '</NewA>&' })).toContain('<NewA>&#60;/NewA&#62;&#38;</NewA>')
  })
})
