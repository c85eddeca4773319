import type { Child } from './child.ts'
import { type Usage, usageOf } from './process-usage.ts'

/** When a transfer had come how far. */
export interface TransferTimes {
  /** From the link handed to an idle receiver to everything verified under its final name. */
  readonly seconds: number
  /** From the link handed over to the first verified byte. */
  readonly firstByteSeconds: number
}

/** One transfer between two processes of one system. */
export interface Transfer extends TransferTimes {
  /** How long it took to make the source sendable. */
  readonly shareSeconds: number
  readonly sender: Usage
  readonly receiver: Usage
}

/** A system that moves a file or a folder from one process to another. */
export interface TransferSystem {
  readonly name: string
  /** What keeps it from running on this machine, or undefined. */
  missing(): string | undefined
  /** Starts a sender that has `source` and an idle receiver, both with what they keep below `home`. */
  prepare(source: string, folders: { home: string; into: string }): Promise<PreparedTransfer>
}

/** Sender and receiver of one transfer, up and idle. */
export interface PreparedTransfer extends AsyncDisposable {
  readonly sender: Pick<Child, 'pid'>
  readonly receiver: Pick<Child, 'pid'>
  /** Seconds it took to make the source sendable. */
  readonly shareSeconds: number
  /** Hands the link over and waits for the end. */
  run(): Promise<TransferTimes>
}

/** Runs a prepared transfer and reads what it cost each side: CPU from its start, memory at its peak. */
export async function measureTransfer(prepared: PreparedTransfer): Promise<Transfer> {
  const before = [usageOf(prepared.sender.pid), usageOf(prepared.receiver.pid)] as const
  const times = await prepared.run()
  const after = [usageOf(prepared.sender.pid), usageOf(prepared.receiver.pid)] as const
  const since = (index: 0 | 1): Usage => ({
    ...after[index],
    cpuSeconds: after[index].cpuSeconds - before[index].cpuSeconds,
  })
  return { ...times, shareSeconds: prepared.shareSeconds, sender: since(0), receiver: since(1) }
}

/** A transfer of `bytes` as figures for the table. */
export function figuresOf(transfer: Transfer, bytes: number): Record<string, number> {
  const perGigabyte = 1e9 / bytes
  return {
    seconds: transfer.seconds,
    'MB/s': bytes / 1e6 / transfer.seconds,
    'sender CPU s/GB': transfer.sender.cpuSeconds * perGigabyte,
    'receiver CPU s/GB': transfer.receiver.cpuSeconds * perGigabyte,
    'sender peak MB': transfer.sender.peakMemory / 1e6,
    'receiver peak MB': transfer.receiver.peakMemory / 1e6,
  }
}
