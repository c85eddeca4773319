import { readdirSync, readFileSync } from 'node:fs'

/** What a process and everything below it has used since it began. */
export interface Usage {
  /** User and system time of all threads, and of children, also ended ones, in seconds. */
  readonly cpuSeconds: number
  /** Sum of the peak resident sizes of the processes that still live, in bytes (`VmHWM`). */
  readonly peakMemory: number
  /** Sum of the resident sizes now, in bytes (`VmRSS`). */
  readonly memory: number
}

/** Clock ticks a second in /proc; 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100

/** Reads the use of a process and of its descendants from /proc. Throws when `pid` has ended. */
export function usageOf(pid: number): Usage {
  const children = childrenByParent()
  const tree = (root: number): number[] => [root, ...(children.get(root) ?? []).flatMap(tree)]
  const parts = tree(pid).map(id => ({ ...cpuAndMemory(id), root: id === pid }))
  return {
    cpuSeconds: sum(parts.map(part => part.cpuSeconds)),
    peakMemory: sum(parts.map(part => part.peakMemory)),
    memory: sum(parts.map(part => part.memory)),
  }
}

function cpuAndMemory(pid: number): Usage {
  const fields = statFields(pid)
  // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), here counted after the name.
  const ticks = sum(fields.slice(11, 15).map(Number))
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kibibytes = (name: string): number =>
    Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1] ?? 0)
  return {
    cpuSeconds: ticks / ticksPerSecond,
    peakMemory: kibibytes('VmHWM') * 1024,
    memory: kibibytes('VmRSS') * 1024,
  }
}

function childrenByParent(): ReadonlyMap<number, number[]> {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const parent = Number(statFields(Number(name))[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It ended while we looked.
    }
  }
  return children
}

/** Fields of /proc/PID/stat after the process name, which may itself hold spaces and brackets. */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
