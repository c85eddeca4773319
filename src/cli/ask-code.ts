import type { CommandContext } from './context.ts'

/** The parts of a code or link as they were given, else what the user types when asked; with completion of the words. */
export async function codeFrom(
  { terminal, signal }: CommandContext,
  given: unknown,
): Promise<readonly string[]> {
  const parts = given as readonly string[]
  if (parts.length > 0 || !terminal.stdinIsKeyboard) return parts
  const { completeInviteCode } = await import('../access/index.ts')
  const typed = await terminal.ask('Code: ', { signal, complete: completeInviteCode })
  return typed === undefined ? [] : [typed]
}
