import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

export type MachineInterfaces = ReturnType<typeof networkInterfaces>

let latest: MachineInterfaces = {}

/**
 * The interfaces of this machine. Asking for them takes a file descriptor, and throws while there is none left: they are what they were
 * before then, for whoever asks does so on a timer, where what is thrown ends the process.
 */
export function machineInterfaces(): MachineInterfaces {
  try {
    latest = networkInterfaces()
  } catch {
    // As they were.
  }
  return latest
}

/** IP addresses of this machine, as of now. */
export function machineIps(): string[] {
  return Object.values(machineInterfaces())
    .flatMap(entries => entries ?? [])
    .map(({ address }) => address)
}

/** The addresses by which others find what listens on `host`: all of its family for a wildcard, but for those of one link only. */
export function ipsBehind(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  return machineIps().filter(ip => isIPv6(ip) === (host === '::') && !/^(169\.254\.|fe80)/i.test(ip))
}
