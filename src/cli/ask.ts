import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

export interface AskOptions {
  /** Rejects with its reason when it is aborted. */
  readonly signal?: AbortSignal
  /** What is typed is not shown. */
  readonly secret?: boolean
  /** Whole lines for one that was begun, when Tab is pressed. */
  readonly complete?: (begun: string) => string[]
}

/** Lines of a pipe, which several questions read one after the other. */
let lines: AsyncIterator<string> | undefined

/** Asks on stderr and waits for a line on stdin, typed or piped; undefined when there is none any more. */
export async function ask(question: string, options: AskOptions = {}): Promise<string | undefined> {
  if (process.stdin.isTTY) return askPerson(question, options)
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const { value, done } = await lines.next()
  return done === true ? undefined : value
}

async function askPerson(
  question: string,
  { signal, secret = false, complete = () => [] }: AskOptions,
): Promise<string | undefined> {
  signal?.throwIfAborted()
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  if (secret) process.stderr.write(question)
  const output = secret ? nowhere : process.stderr
  const completer = (begun: string): [string[], string] => [complete(begun), begun]
  const reader = createInterface({ input: process.stdin, output, terminal: true, historySize: 0, completer })
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  reader.on('close', () => resolve(undefined))
  // The terminal gives Ctrl-C to the reader; it is for the whole program.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  reader.question(secret ? '' : question, resolve)
  try {
    return await promise
  } finally {
    reader.close()
    if (secret) process.stderr.write('\n')
  }
}
