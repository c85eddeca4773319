import { expect, test } from 'vitest'
import { routerInNetstat, routerInProc, routerInRoutePrint } from './default-route.ts'

const proc = (...lines: string[]): string =>
  ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', ...lines].join('\n')
const lan = 'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0'
const way = (router: string, metric: number, mask = '00000000'): string =>
  `eth0\t00000000\t${router}\t0003\t0\t0\t${metric}\t${mask}\t0\t0\t0`

test('the router in /proc/net/route: the best way, and none where it leads into a tunnel', () => {
  expect(routerInProc(proc(lan, way('0101A8C0', 100)))).toBe('192.168.1.1')
  expect(routerInProc(proc(way('0101A8C0', 600), way('0102A8C0', 100)))).toBe('192.168.2.1')
  expect(routerInProc(proc(lan))).toBeUndefined()
  expect(routerInProc('')).toBeUndefined()
  // OpenVPN lays two halves over the way that there was.
  expect(routerInProc(proc(way('0101A8C0', 100), way('00000000', 0, '00000080')))).toBeUndefined()
})

test('the router in netstat of macOS', () => {
  const table =
    'Routing tables\n\nInternet:\nDestination Gateway Flags Netif\ndefault 192.168.1.1 UGScg en0\n'
  expect(routerInNetstat(table)).toBe('192.168.1.1')
  expect(routerInNetstat(`${table}0/1 link#17 UScg utun3\n`)).toBeUndefined()
  expect(routerInNetstat('')).toBeUndefined()
})

test('the router in route print of Windows', () => {
  const line = '          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     25'
  expect(routerInRoutePrint(`Aktive Routen:\r\n${line}\r\n`)).toBe('192.168.1.1')
  expect(routerInRoutePrint(`${line}\n  0.0.0.0  128.0.0.0  Auf Verbindung  10.8.0.2  5`)).toBe('192.168.1.1')
  expect(routerInRoutePrint('')).toBeUndefined()
})
