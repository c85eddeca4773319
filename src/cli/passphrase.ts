import type { Terminal } from './terminal.ts'

/** The passphrase of the key: from PEERAGE_PASSPHRASE, else asked for; undefined when nobody answers. */
export async function askPassphrase(
  terminal: Terminal,
  question = 'Passphrase: ',
): Promise<string | undefined> {
  const { PEERAGE_PASSPHRASE: given } = terminal.environment
  if (given !== undefined && given !== '') return given
  return terminal.stdinIsKeyboard ? await terminal.ask(question, { secret: true }) : undefined
}

/** Does something that may need the passphrase; a person at the keyboard is asked for it only then. */
export async function withPassphrase<T>(
  terminal: Terminal,
  work: (passphrase: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await work(terminal.environment.PEERAGE_PASSPHRASE || undefined)
  } catch (error) {
    if (!terminal.stdinIsKeyboard || (error as { code?: string }).code !== 'access.passphrase-needed')
      throw error
    const passphrase = await terminal.ask('Passphrase: ', { secret: true })
    if (passphrase === undefined || passphrase === '') throw error
    return await work(passphrase)
  }
}
