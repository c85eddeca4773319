import { execFileSync } from 'node:child_process'
import { accessSync } from 'node:fs'

export function ip(...args: readonly string[]): string {
  return quietly('ip', args)
}

export function quietly(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

export function killAllIn(name: string): void {
  try {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It does not exist, or what ran in it has just ended.
  }
}

export function removeNamespace(name: string): void {
  if (!exists(`/run/netns/${name}`)) return
  killAllIn(name)
  ip('netns', 'del', name)
}

/** Hosts of a process that was killed before it could close its lab. */
export function removeOrphans(): void {
  for (const [name, pid] of ip('netns', 'list').matchAll(/^peerage-(\d+)-\d+-\d+/gm))
    if (!exists(`/proc/${pid}`)) removeNamespace(name)
}
