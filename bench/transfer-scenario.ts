import { execFileSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { peerage } from './peerage.ts'
import type { BenchOptions, Figures, Goal, Medians, PreparedScenario } from './scenario.ts'
import { makeWorkFolder, touchMemory, type WorkFolder, warm } from './test-data.ts'
import { measureTransfer, type Transfer, type TransferSystem } from './transfer.ts'

/** What a scenario that moves one content from one peer to another adds to the moving. */
export interface TransferScenario {
  /** Writes the content at `path`. */
  write(path: string): Promise<void>
  /** Systems beside Peerage that were asked for. */
  readonly opponents: readonly TransferSystem[]
  figures(transfer: Transfer): Figures
  /** Other ways to get the content over, measured in turn with the systems. */
  readonly others?: Readonly<Record<string, (source: string, into: string) => Promise<Figures>>>
  goals(medians: Medians): readonly Goal[]
}

/** Writes the content once; each measurement then sends it between new processes and compares the result. */
export async function prepareTransfers(scenario: TransferScenario): Promise<PreparedScenario> {
  const work = await makeWorkFolder()
  const source = join(work.path, 'content')
  await scenario.write(source)
  const systems = new Map([peerage, ...scenario.opponents].map(system => [system.name, system]))
  for (const system of systems.values()) {
    const reason = system.missing()
    if (reason !== undefined) throw new Error(`${system.name} cannot be measured: ${reason}`)
  }
  return {
    systems: [...systems.keys(), ...Object.keys(scenario.others ?? {})],
    async measure(name) {
      const bytes = await warm(source)
      const system = systems.get(name)
      if (system) return scenario.figures(await transferOnce(system, { source, bytes, work }))
      const into = await work.folder('into')
      return (await scenario.others?.[name]?.(source, into)) ?? {}
    },
    goals: scenario.goals,
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  }
}

/**
 * Sends `source` once between two new processes and makes sure that what arrived is what was sent. What arrived stays until
 * the end: after deletions ext4 is busy (discarding blocks, sparing inodes) and would make the next run pay for it.
 */
async function transferOnce(
  system: TransferSystem,
  { source, bytes, work }: { source: string; bytes: number; work: WorkFolder },
): Promise<Transfer> {
  const home = await work.folder(system.name)
  const into = await work.folder('into')
  await using prepared = await system.prepare(source, { home, into })
  await touchMemory(work, bytes)
  const transfer = await measureTransfer(prepared)
  execFileSync('diff', ['-rq', source, join(into, basename(source))])
  return transfer
}

/** The systems that `--with` asked for. */
export function chosen(systems: readonly TransferSystem[], options: BenchOptions): readonly TransferSystem[] {
  return systems.filter(({ name }) => options.opponents.includes(name))
}
