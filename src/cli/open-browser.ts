import type { Terminal } from './terminal.ts'

/**
 * The words of a program that opens an address in the browser of the user, or undefined where there is no desktop to show it on, or where it is
 * another one than that of the person at the keyboard.
 */
export function browserCommand(
  environment: Terminal['environment'],
  platform: NodeJS.Platform = process.platform,
): readonly string[] | undefined {
  if (environment.SSH_CONNECTION !== undefined || environment.CI !== undefined) return undefined
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '""']
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}

/**
 * Opens an address when a person sits at a desktop; says whether it was begun.
 *
 * @param address without characters that a shell would understand
 */
export async function openBrowser(terminal: Terminal, address: string): Promise<boolean> {
  const [program, ...words] = (terminal.stdinIsKeyboard && browserCommand(terminal.environment)) || []
  if (program === undefined) return false
  const { spawn } = await import('node:child_process')
  const child = spawn(program, [...words, address], {
    detached: true,
    stdio: 'ignore',
    env: terminal.environment,
    windowsVerbatimArguments: true,
  })
  const isBegun = await new Promise<boolean>(resolve => {
    child.once('spawn', () => resolve(true)).once('error', () => resolve(false))
  })
  child.unref()
  return isBegun
}
